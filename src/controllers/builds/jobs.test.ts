import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { aBuild, aNode, aStore, someSettings } from '../../../test/support/builders.ts';
import { AgentOrder } from '../../api/agent-order.ts';
import { podAnnotation } from '../../api/labels.ts';
import { isolations } from '../../api/order.ts';
import { StorePath } from '../../api/result.ts';
import { removeJob } from '../../cluster-view/remove-job.ts';
import { buildJob } from './build-job.ts';
import { importOrder, pinOrder } from './import-order.ts';

const hostile = "git+https://git.example/x?ref=$(HOSTNAME)';rm -rf /;'";
const outPath = StorePath.parse(`/nix/store/${'a'.repeat(32)}-image.tar`);

/** A manifest without the annotation that holds the order. */
function withoutOrder(manifest: object): string {
  return JSON.stringify(manifest, (key, value: unknown) => (key === 'enbi.hrzn.ee/order' ? undefined : value));
}

const Mount = z.object({ name: z.string(), subPath: z.string().optional(), readOnly: z.boolean().optional() });
type Mount = z.infer<typeof Mount>;
const Resources = z.object({ limits: z.object({ memory: z.string().optional() }).optional() });
const Container = z.object({ name: z.string(), volumeMounts: z.array(Mount), resources: Resources });
const Volume = z.object({ emptyDir: z.object({ sizeLimit: z.string().optional() }).optional() });
const PodSpec = z.object({
  initContainers: z.array(Container).default([]),
  containers: z.array(Container),
  volumes: z.array(Volume),
});
const Annotated = z.object({
  spec: z.object({ template: z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) }) }),
});
const Job = z.object({ spec: z.object({ template: z.object({ spec: PodSpec }) }) });

function mountsOf(job: object): Readonly<Record<string, readonly Mount[]>> {
  const { initContainers, containers } = Job.parse(job).spec.template.spec;
  return Object.fromEntries([...initContainers, ...containers].map(({ name, volumeMounts }) => [name, volumeMounts]));
}

describe('build Job', () => {
  it('is as reviewed, unprivileged', () => {
    expect(
      buildJob(aBuild({ status: { attempts: 1 } }), aStore(), aNode(), 'Unprivileged', someSettings()),
    ).toMatchSnapshot();
  });

  it('is as reviewed, sandboxed, with a Secret for the fetch container alone', () => {
    const build = aBuild({ status: { attempts: 1 }, annotations: { [podAnnotation.secretName]: 'git-token' } });
    expect(buildJob(build, aStore(), aNode(), 'Sandboxed', someSettings())).toMatchSnapshot();
  });

  it.each(isolations)('lets no builder write what fetch reads, but the store: %s', (isolation) => {
    const build = aBuild({ annotations: { [podAnnotation.secretName]: 'git-token' } });
    const { fetch, build: builder } = mountsOf(buildJob(build, aStore(), aNode(), isolation, someSettings()));
    const places = (mounts: readonly Mount[] = []) => mounts.map(({ name, subPath }) => `${name}/${subPath ?? ''}`);
    const writable = places(builder?.filter(({ readOnly }) => readOnly !== true));
    expect(places(fetch).filter((place) => writable.includes(place))).toEqual(['store/nix']);
    expect(places(builder)).not.toContain('secret/');
  });

  it('starts both containers together, so that none waits for the kubelet', () => {
    const { initContainers, containers } = Job.parse(
      buildJob(aBuild(), aStore(), aNode(), 'Unprivileged', someSettings()),
    ).spec.template.spec;
    expect([initContainers, containers.map(({ name }) => name)]).toEqual([[], ['fetch', 'build']]);
  });

  it('has people read the log of the build unless they ask for another', () => {
    const { template } = Annotated.parse(buildJob(aBuild(), aStore(), aNode(), 'Unprivileged', someSettings())).spec;
    expect(template.metadata.annotations).toMatchObject({ 'kubectl.kubernetes.io/default-container': 'build' });
  });

  it('keeps what one Secret opened from those who have another or none', () => {
    const cacheOf = (secret: string | undefined) => {
      const build = aBuild(secret === undefined ? {} : { annotations: { [podAnnotation.secretName]: secret } });
      const text = JSON.stringify(buildJob(build, aStore(), aNode(), 'Unprivileged', someSettings()));
      return /"fetchCache\\":\\"(\w+)/.exec(text)?.[1];
    };
    expect(new Set([undefined, 'one', 'other', 'public'].map(cacheOf)).size).toBe(4);
  });

  it('holds what a user wrote in the order alone', () => {
    const build = aBuild({ spec: { flakeUrl: hostile, packageName: '$(PATH)', imageTag: 'h.example/$(X):1' } });
    const text = withoutOrder(buildJob(build, aStore(), aNode(), 'Unprivileged', someSettings()));
    expect(text).not.toContain('$(');
    expect(text).not.toContain('rm -rf');
  });
});

describe('the order of a build Job', () => {
  it('has the authorities and features that the administrator has set, and says nothing of others', () => {
    const order = (changes: Partial<ReturnType<typeof someSettings>>) =>
      JSON.stringify(buildJob(aBuild(), aStore(), aNode(), 'Unprivileged', { ...someSettings(), ...changes }));
    const text = order({ authorities: 'PEM', languageFeatures: ['pipe-operators'] });
    expect(text).toContain(String.raw`\"authorities\":\"PEM\"`);
    expect(text).toContain(String.raw`\"languageFeatures\":[\"pipe-operators\"]`);
    expect(order({})).not.toMatch(/authorities|languageFeatures|realiseStreamScripts/);
    expect(order({ realiseStreamScripts: false })).toContain(String.raw`\"realiseStreamScripts\":false`);
  });

  const orderOf = (lockedUrl: string) => {
    const job = buildJob(aBuild({ status: { lockedUrl } }), aStore(), aNode(), 'Unprivileged', someSettings());
    return JSON.stringify(job);
  };

  it('names the version that an earlier attempt resolved the reference to', () => {
    const lockedUrl = `git+https://git.example/hello?ref=refs/tags/1.0&rev=${'a'.repeat(40)}`;
    expect(orderOf(lockedUrl)).toContain(lockedUrl);
  });

  it.each([
    'git+https://git.example/hello?ref=refs/tags/1.0',
    `git+https://git.example/other?ref=refs/tags/1.0&rev=${'a'.repeat(40)}`,
    'path:/etc',
  ])('does not name %s, whoever recorded that', (lockedUrl) => {
    const text = orderOf(lockedUrl);
    expect(text).toContain('git+https://git.example/hello?ref=refs/tags/1.0\\"');
    if (!lockedUrl.endsWith('1.0')) expect(text).not.toContain(lockedUrl);
  });
});

describe('the order of an import', () => {
  const order = (wish: object = {}, settings: object = {}, build = aBuild({ status: { attempts: 1 } })) =>
    importOrder(build, aStore(), { outPath, pinned: false, ...wish }, { ...someSettings(), ...settings });

  it('is as reviewed', () => {
    expect(AgentOrder.parse(order())).toMatchSnapshot();
  });

  it('has the image unpacked where the settings say so, and only there', () => {
    expect(order({}, { unpackInto: 'overlayfs' })).toMatchObject({ import: { unpackInto: 'overlayfs' } });
    expect(JSON.stringify(order())).not.toContain('unpackInto');
  });

  it('says what is a stream script, and pins what Pods wait for, under a name that the pin order has too', () => {
    const build = aBuild({ status: { attempts: 1, outFormat: 'script' } });
    const by = expect.stringMatching(/^[a-z0-9-]{1,63}$/);
    expect(AgentOrder.parse(order({ pinned: true }, {}, build))).toMatchObject({
      import: { script: true, pin: { by } },
    });
    expect(AgentOrder.parse(pinOrder(build))).toMatchObject({ pin: { by } });
  });

  it('has the socket as the agent sees it', () => {
    expect(order({}, { socket: '/run/c.sock' })).toMatchObject({ import: { socket: '/host/run/c.sock' } });
  });
});

const removal = { metadata: { name: 'r', namespace: 'enbi' }, node: 'n', image: 'i', pullPolicy: 'Never' };
const jobs = {
  fetch: buildJob(aBuild(), aStore(), aNode(), 'Sandboxed', someSettings()),
  remove: removeJob({ ...removal, order: { everything: true } }),
};

describe('no Job of enbi’s has an empty object, which the API server would leave out and a comparison would miss:', () => {
  it.each(Object.entries(jobs))('%s', (_, job) => expect(emptyObjects(job)).toEqual([]));
});

/** Where in a manifest there are such; the API server keeps `emptyDir: {}`. */
function emptyObjects(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = Object.entries(value);
  if (fields.length === 0 && !Array.isArray(value) && !path.endsWith('.emptyDir')) return [path];
  return fields.flatMap(([field, each]) => emptyObjects(each, `${path}.${field}`));
}

describe('no Job of enbi’s is without limits:', () => {
  it.each(Object.entries(jobs))('%s', (_, job) => {
    const { containers, initContainers, volumes } = Job.parse(job).spec.template.spec;
    for (const { emptyDir } of volumes) if (emptyDir !== undefined) expect(emptyDir.sizeLimit).toMatch(/^[1-9]/);
    // In a tenant's namespace the administrator's setting says, and the tenant's quota.
    if (job === jobs.fetch) return;
    for (const { resources } of [...initContainers, ...containers]) expect(resources.limits?.memory).toMatch(/^[1-9]/);
  });
});

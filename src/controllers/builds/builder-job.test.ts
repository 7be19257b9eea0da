import { describe, expect, it, test } from 'vitest';
import { aBuild, aNode, aStore, someSettings } from '../../../test/support/builders.ts';
import { label, order, ordersAnnotation, podAnnotation } from '../../api/labels.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { projectJobPod } from '../../cluster-view/pod.ts';
import { buildJob } from './build-job.ts';
import type { BuildSettings } from './settings.ts';

const settings = someSettings({ builderIdle: 300 });
const build = aBuild({ status: { attempts: 1 } });

interface Given {
  readonly build?: NixBuild;
  readonly store?: NixStore;
  readonly node?: string;
  readonly isolation?: 'Sandboxed' | 'Unprivileged';
  readonly settings?: Partial<BuildSettings>;
}

function made(given: Given = {}) {
  const all = { ...settings, ...given.settings };
  return buildJob(
    given.build ?? build,
    given.store ?? aStore(),
    aNode({ name: given.node ?? 'node-1' }),
    given.isolation ?? 'Unprivileged',
    all,
  );
}

function kindOf(given: Given = {}): string | undefined {
  return made(given).metadata.labels?.[label.builder];
}

describe('a build Job that stays', () => {
  it('is as reviewed', () => {
    const secret = aBuild({ status: { attempts: 1 }, annotations: { [podAnnotation.secretName]: 'git-token' } });
    expect(made({ build: secret, isolation: 'Sandboxed' })).toMatchSnapshot();
  });

  it('is what it was where builders do not stay', () => {
    const text = JSON.stringify(made({ settings: { builderIdle: 0 } }));
    expect(text).toContain('activeDeadlineSeconds');
    for (const word of ['handback', ordersAnnotation, label.builder, 'ENBI_VERSION']) expect(text).not.toContain(word);
    expect(JSON.stringify(made())).not.toContain(`"${order}"`);
  });

  test.each<[string, Given]>([
    ['another build', { build: { ...build, metadata: { ...build.metadata, name: 'other', uid: 'other' } } }],
    ['another attempt', { build: aBuild({ status: { attempts: 2 } }) }],
    ['what Nix is told', { settings: { timeoutSeconds: 7, maxJobs: 9, substituters: ['https://cache.example'] } }],
  ])('is of the same kind for %s', (_, given) => {
    expect(kindOf(given)).toBe(kindOf());
  });

  const ofAnother = aStore();
  const inNamespace = { ...build, metadata: { ...build.metadata, namespace: 'other' } };
  test.each<[string, Given]>([
    ['namespace', { build: inNamespace }],
    ['node', { node: 'node-2' }],
    ['store', { store: aStore({}, '0123456789abcdef'.repeat(2)) }],
    ['store of the same name', { store: { ...ofAnother, metadata: { ...ofAnother.metadata, uid: 'other' } } }],
    ['isolation', { isolation: 'Sandboxed' }],
    ['Secret', { build: aBuild({ status: { attempts: 1 }, annotations: { [podAnnotation.secretName]: 'a' } }) }],
    ['image of enbi', { settings: { image: 'enbi.hrzn.ee/enbi:other' } }],
    ['pull policy', { settings: { pullPolicy: 'Always' } }],
    ['limit', { settings: { resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } } }],
    ['limit of /tmp', { settings: { temporaryLimit: '1Gi' } }],
    ['toleration', { settings: { tolerations: [{ operator: 'Exists' }] } }],
    ['time to stay', { settings: { builderIdle: 301 } }],
  ])('is of another kind for another %s', (_, given) => {
    expect(kindOf(given)).not.toBe(kindOf());
    expect(kindOf(given)).toBe(kindOf(given));
  });

  it('has its first list from the start, as the controller would write it', () => {
    const { template } = made().spec as { template: { metadata: object } };
    const pod = projectJobPod({ metadata: { name: 'p', ...template.metadata } });
    expect(pod?.orders?.digest).toMatch(/^[0-9a-f]{8}$/);
  });
});

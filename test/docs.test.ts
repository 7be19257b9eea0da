import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { architectures } from '../image/architecture.ts';
import { understood } from '../src/adapters/nix/credentials.ts';
import { createMetrics } from '../src/adapters/prometheus/metrics.ts';
import { ceilings } from '../src/api/ceilings.ts';
import * as labels from '../src/api/labels.ts';
import { NixBuildSpec, NixBuildStatus } from '../src/api/nix-build.ts';
import { NixStoreSpec, NixStoreStatus } from '../src/api/nix-store.ts';
import { reasons } from '../src/api/reasons.ts';
import { retryText } from '../src/api/retry-text.ts';
import type { JobParts } from '../src/cluster-view/job.ts';
import { resource } from '../src/cluster-view/resources.ts';
import { fitOf, pressures } from '../src/controllers/builds/node-fit.ts';
import { fillTag, parseFlakeReference, parsePackageName, parseSystem } from '../src/flake-reference/flake-reference.ts';
import { parseImageName } from '../src/image-name/image-name.ts';
import { refuseProtectedName } from '../src/image-name/protected-name.ts';
import { publicHosts } from '../src/image-name/public-hosts.ts';
import { limits } from '../src/importer/limits.ts';
import { reservedLabels } from '../src/importer/source/image-config.ts';
import { controllerCommand } from '../src/main/settings.ts';
import { generatedFiles } from '../tools/generate.ts';
import { fileNames } from '../tools/release/file-names.ts';
import { aNode, someSettings } from './support/builders.ts';
import {
  allPages,
  blocksOf,
  codeSpansOf,
  localLinksOf,
  localPlacesOf,
  page,
  placesIn,
  tableRowsOf,
} from './support/markdown.ts';
import { checkout } from './support/source-files.ts';

/** Fragments, without a kind, are in the pages too. */
const Manifest = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});
type Manifest = z.infer<typeof Manifest>;

const Package = z.object({
  version: z.string(),
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});
const manifest = Package.parse(JSON.parse(read('package.json')));
const { version } = manifest;

test('a page of the design has a number of its own, which is its title too', () => {
  const pages = globSync('docs/design/*.md', { cwd: checkout }).map((path) => ({
    number: posix.basename(path).slice(0, 4),
    title: page(path).text.slice(0, 6),
  }));
  expect(new Set(pages.map(({ number }) => number)).size).toBe(pages.length);
  expect(pages.map(({ title }) => title)).toEqual(pages.map(({ number }) => `# ${number}`));
});

describe('docs/reference/reasons.md', () => {
  const entries = new Map(
    page('docs/reference/reasons.md')
      .text.split(/^### /m)
      .slice(1)
      .map((entry) => [entry.slice(0, entry.indexOf('\n')), entry] as const),
  );

  test('has an entry for every reason, and no other', () => {
    expect([...entries.keys()].toSorted()).toEqual([...reasons].toSorted());
  });

  test.each(reasons)('says of %s what it means and what to do', (reason) => {
    expect(entries.get(reason)).toMatch(/^\*\*What to do:\*\* \S/m);
  });

  test.each(reasons)('says of %s how it goes on, if it is a failure, and no more of that', (reason) => {
    const { [reason]: entry = '' } = Object.fromEntries(entries);
    const text = retryText(reason);
    const meaning = entry.slice(0, entry.indexOf('**What to do:**'));
    expect(meaning.split('\n').filter((line) => /^It (?:goes|does not go) on/.test(line))).toEqual(
      text === undefined ? [] : [text],
    );
    expect(entry).not.toMatch(/tried again by itself/i);
  });

  const tableIn = (reason: string) =>
    tableRowsOf({ ...page('docs/reference/reasons.md'), text: entries.get(reason) ?? '' });

  test('has a row for all that keeps builds off a node, in the words of the message', () => {
    const taints = [...pressures.keys(), 'KEY'].map((key) => ({ key, value: 'VALUE', effect: 'EFFECT' }));
    const nodes = [
      aNode({ os: 'windows' }),
      aNode({ architecture: 'arm64' }),
      aNode({ runtime: 'cri-o://1.35.0' }),
      aNode({ runtime: 'containerd://1.6.0' }),
      aNode({ ready: false }),
      aNode({ unschedulable: true }),
      aNode({ labels: { [labels.repelLabel]: '' } }),
      ...taints.map((taint) => aNode({ taints: [{ ...taint, effect: 'NoSchedule' }] })),
    ];
    const settings = { ...someSettings(), refuseVulnerableNodes: true };
    const told = [...fitOf('x86_64-linux', nodes, settings).refusals.keys()];
    const rows = tableIn('WaitingForNode').flatMap(([said = '']) => said.match(/(?<=`)[^`,]+(?=`)/g) ?? []);
    expect(told.map((words) => words.replace('NoSchedule', 'EFFECT')).toSorted()).toEqual(rows.toSorted());
  });

  test('has the numbers of every limit beyond which an image is too large', () => {
    const elsewhere = ['links', 'paddingBytes', 'directoryNames'];
    const numbers = Object.entries(limits).filter(([name]) => !elsewhere.includes(name));
    const text = tableIn('ImageTooLarge').flat().join('\n');
    expect(numbers.filter(([, limit]) => !new RegExp(`\\b${inWords(limit)}\\b`).test(text))).toEqual([]);
  });

  test('has the beginning of every label that an image may not have', () => {
    expect(reservedLabels.filter((label) => !entries.get('ReservedLabel')?.includes(`\`${label}…\``))).toEqual([]);
  });
});

function inWords(limit: number): string {
  if (limit >= 2 ** 30) return `${limit / 2 ** 30} GiB`;
  if (limit >= 2 ** 20 && limit % 2 ** 20 === 0) return `${limit / 2 ** 20} MiB`;
  return limit.toLocaleString('en-US');
}

describe('docs/reference/annotations.md', () => {
  test.each(namesInLabels())('names %s', (name) => {
    expect(codeSpansOf(page('docs/reference/annotations.md'))).toContain(name);
  });
});

test('docs/guide/write-a-flake.md makes Secrets of the keys that are understood, and of each', () => {
  const { text } = page('docs/guide/write-a-flake.md');
  const made = [...text.matchAll(/--from-(?:file|literal)=([\w.-]+)/g)].map(([, key = '']) => key);
  expect([...new Set(made)].toSorted()).toEqual([...understood].toSorted());
});

test('charts/enbi/values.yaml leads to pages that exist', () => {
  const values = read('charts/enbi/values.yaml');
  const named = [...values.matchAll(/docs\/[\w./-]+\.md/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
});

describe('docs/reference/settings.md', () => {
  const rows = tableRowsOf(page('docs/reference/settings.md'));
  const { options } = controllerCommand({}, () => Promise.resolve());

  test.each(options.map((option) => [option.flags, option] as const))('describes %s', (flags, option) => {
    const byDefault = option.defaultValue === undefined ? '' : `\`${String(option.defaultValue)}\``;
    const row = rows.find(([flag]) => flag === `\`${flags}\``);
    expect(row?.slice(0, 2)).toEqual([`\`${flags}\``, `\`${option.envVar ?? ''}\``]);
    expect(row?.[3]).toBe(option.mandatory ? 'required' : byDefault);
    for (const choice of option.argChoices ?? []) expect(row?.[4]).toContain(`\`${choice}\``);
  });

  test('describes no flag that is gone', () => {
    const described = rows.map(([flag = '']) => flag).filter((flag) => flag.startsWith('`--'));
    expect(described.toSorted()).toEqual(options.map((option) => `\`${option.flags}\``).toSorted());
  });
});

describe('docs/reference/metrics.md', () => {
  const rows = tableRowsOf(page('docs/reference/metrics.md')).filter(([name = '']) => name.startsWith('`'));

  test('describes every metric but those of any process, with its labels, and no other', async () => {
    const metrics = createMetrics(() => 0);
    const { text } = await metrics.exposition();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const own = names.filter((name) => !/^(process|nodejs)_/.test(name));
    expect(rows.map(([name = '']) => name.replaceAll('`', '')).toSorted()).toEqual(own.toSorted());
  });

  test('names the labels each has', async () => {
    const metrics = createMetrics(() => 0);
    const observer = metrics.observerFor('a');
    observer.reconciled('applied');
    for (const told of [
      () => observer.queue.began(() => [1]),
      () => observer.queue.added(1),
      () => observer.queue.started(0, 1),
      () => observer.queue.finished(1),
    ])
      told();
    observer.queue.retried();
    const reflector = metrics.reflectorFor('a');
    for (const told of [() => reflector.listed(), () => reflector.watchBegan(), () => reflector.watchFailed()]) told();
    metrics.requested('GET', '200');
    metrics.leads(true);
    metrics.events.leftOut('namespace');
    metrics.stageEnded({ stage: 'Build', outcome: 'Succeeded' });
    metrics.buildSucceeded(1);
    metrics.countBuilds(() => new Map([['Failed', 1]]));
    metrics.countBuilders(() => new Map([['idle', 1]]));
    metrics.countLeftOut('NixBuild', () => 0);
    const { text } = await metrics.exposition();
    for (const [name = '', labels = ''] of rows) {
      const sample = new RegExp(`^${name.replaceAll('`', '')}(?:_sum)?(?:\\{(.*)\\})? `, 'm').exec(text);
      const found = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``);
      expect([name, sample === null, found.join(', ')]).toEqual([name, false, labels]);
    }
  });
});

describe('docs/design/0002-dependencies.md', () => {
  test('gives a reason for every npm package, and for no other', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const named = tableRowsOf(page('docs/design/0002-dependencies.md'))
      .map(([name = '']) => /^`(.+)`$/.exec(name)?.[1])
      .filter((name) => name !== undefined);
    expect(named.toSorted()).toEqual(
      Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).toSorted(),
    );
  });
});

describe('package-lock.json', () => {
  const Locked = z.object({
    dev: z.boolean().default(false),
    optional: z.boolean().default(false),
    hasInstallScript: z.boolean().default(false),
    optionalDependencies: z.record(z.string(), z.string()).default({}),
  });
  const { packages } = z
    .object({ packages: z.record(z.string(), Locked) })
    .parse(JSON.parse(read('package-lock.json')));
  const shipped = Object.entries(packages).filter(([path, { dev, optional }]) => path !== '' && !dev && !optional);

  test('has packages that ship run no script when they are installed', () => {
    expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });

  test('has as many of them as docs/design/0002-dependencies.md says', () => {
    expect(page('docs/design/0002-dependencies.md').text).toContain(`${shipped.length} in all`);
  });

  // npm leaves out what its registry does not serve, and `npm ci` then refuses the file.
  test('names the packages of every platform', () => {
    const wanted = Object.values(packages).flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies));
    expect([...new Set(wanted)].filter((name) => !(`node_modules/${name}` in packages))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const map = page('ARCHITECTURE.md');

  test('names paths that exist', () => {
    const paths = codeSpansOf(map).filter(
      (span) => /^[\w@.-]+(?:\/[\w@.-]+)*\/?$/.test(span) && /\/|\.\w+$/.test(span),
    );
    expect(paths.filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
  });

  test('names every folder of src/', () => {
    const folders = globSync('src/*/**/*.ts', { cwd: checkout }).map((path) => path.split('/')[1] ?? '');
    const spans = new Set(codeSpansOf(map));
    expect([...new Set(folders)].filter((folder) => !spans.has(`src/${folder}/`))).toEqual([]);
  });

  test('has at most 150 lines', () => {
    expect(map.text.split('\n').length).toBeLessThanOrEqual(151);
  });
});

describe('README.md', () => {
  const readme = page('README.md');

  test('leads to every page of the guide and the reference, and to the examples', () => {
    const pages = [...globSync('docs/{guide,reference}/*.md', { cwd: checkout }), 'examples/README.md'];
    const targets = new Set(localLinksOf(readme));
    expect(pages.filter((path) => !targets.has(path))).toEqual([]);
  });

  test('brings enbi to k3s, kind and kubeadm with three commands each, before anything else that can be run', () => {
    const [k3s, kind, kubeadm] = blocksOf(readme, 'sh').map((block) => block.trimEnd().split('\n'));
    const image = fileNames(version).image('amd64');
    const others = [
      `kubectl apply --server-side --filename ${fileNames(version).manifest}`,
      'kubectl --namespace enbi rollout status deployment/enbi-controller',
    ];
    expect(k3s).toEqual([`sudo install -D -t /var/lib/rancher/k3s/agent/images ${image}`, ...others]);
    expect(kind).toEqual([`kind load image-archive ${image}`, ...others]);
    expect(kubeadm).toEqual([`sudo ctr --namespace k8s.io images import ${image}`, ...others]);
  });

  test('shows what a run looks like in at most twenty lines', () => {
    const [shown = ''] = blocksOf({ ...readme, text: readme.text.split('## What it looks like')[1] ?? '' }, '');
    expect(shown.split('\n').length - 1).toBeGreaterThan(10);
    expect(shown.split('\n').length - 1).toBeLessThanOrEqual(20);
  });

  test('draws where the flake and what is built already come from, in words that everybody knows', () => {
    const drawing = read('docs/flow.svg');
    const [, alternative = ''] = /!\[([^\]]+)\]\(docs\/flow\.svg\)/.exec(readme.text) ?? [];
    const [, description = ''] = /<desc[^>]*>([^<]+)</.exec(drawing) ?? [];
    const labels = [...drawing.matchAll(/<text[^>]*>([^<]+)</g)].map(([, label = '']) => label);
    for (const place of ['git host', 'binary cache']) {
      expect(labels).toContain(place);
      expect(description).toContain(place);
      expect(alternative).toContain(place);
    }
    expect(labels.filter((label) => /►|\b(?:stage|pin|socket)\b/.test(label))).toEqual([]);
  });
});

describe('files of a release', () => {
  const names = fileNames(version);
  const all: readonly string[] = [
    ...architectures.map((architecture) => names.image(architecture)),
    ...Object.values(names).filter((name) => typeof name === 'string'),
  ];

  test.each(['README.md', 'docs/guide/install.md'])('are called in %s what they are called', (path) => {
    const called = [...read(path).matchAll(/\benbi-\d[\w.-]*\w|\binstall\.yaml\b|\bSHA256SUMS\b/g)].map(
      ([name]) => name,
    );
    expect(called.length).toBeGreaterThan(3);
    expect(called.filter((name) => !all.includes(name))).toEqual([]);
  });

  test('are all listed in docs/guide/install.md', () => {
    const { text } = page('docs/guide/install.md');
    const section = text.split('## The files of a release')[1]?.split('\n## ')[0] ?? '';
    const listed = tableRowsOf({ path: '', text: section }).flatMap(([cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    expect(listed.toSorted()).toEqual(all.toSorted());
  });
});

describe('commands for a shell', () => {
  const blocks = allPages().flatMap((each) =>
    ['', 'sh'].flatMap((language) => blocksOf(each, language).map((block) => [each.path, block] as const)),
  );

  test('watch one kind at a time, as kubectl wants', () => {
    expect(blocks.filter(([, block]) => /kubectl.* get \S+,\S.* (?:--watch|-w)\b/.test(block))).toEqual([]);
  });

  // zsh, which macOS has, runs no command with a pattern that no file is called like.
  test('leave no pattern for the shell', () => {
    const lines = blocks.flatMap(([path, block]) => block.split('\n').map((line) => [path, line] as const));
    const bare = lines.filter(([, line]) => /^kubectl.*[*?[]/.test(line.replaceAll(/'[^']*'|"[^"]*"|#.*/g, '')));
    expect(bare).toEqual([]);
  });

  test('hide no failure behind an export', () => {
    expect(blocks.filter(([, block]) => /export \w+="?\$\(/.test(block))).toEqual([]);
  });
});

describe('every page', () => {
  test.each(['README.md', 'docs/guide/try.md', 'cluster/README.md'])('%s asks for the Go of cluster/go.mod', (path) => {
    const version = /^go (\d+\.\d+)/m.exec(read('cluster/go.mod'))?.[1];
    expect(read(path)).toContain(`Go ${version}`);
  });

  test.each(allPages().map((each) => [each.path, each] as const))('%s: links to files that exist', (path, each) => {
    const targets = localLinksOf(each).map((target) => posix.join(posix.dirname(path), target));
    expect(targets.filter((target) => !existsSync(join(checkout, target)))).toEqual([]);
  });

  test.each(allPages().map((each) => [each.path, each] as const))('%s: links to headings that exist', (path, each) => {
    const places = localPlacesOf(each).map(([target, place]) => {
      return [target === '' ? path : posix.join(posix.dirname(path), target), place] as const;
    });
    expect(places.filter(([target, place]) => !placesIn(page(target)).includes(place))).toEqual([]);
  });

  test.each(allPages().map((each) => [each.path, each.text] as const))('%s: names what exists', (_, text) => {
    const scripts = [...text.matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g)].map(([, script = '']) => script);
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([]);
    const names = [...text.matchAll(/enbi\.hrzn\.ee\/[A-Za-z][A-Za-z-]*/g)].map(([name]) => name);
    const known = new Set([...namesInLabels(), labels.apiVersion.replace(/\d.*/, ''), `${labels.group}/enbi`]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

const generated = await generatedFiles();

describe('manifests', () => {
  test.each(generated.map(({ path, content }) => [path, content] as const))(
    '%s is as `npm run generate` writes it',
    (path, content) => {
      expect(read(path)).toBe(content);
    },
  );

  test.each(manifestsOfEnbi())('%s: %s fits its schema', (_path, _name, object) => {
    const { spec, status } = schemas[object.kind] ?? {};
    expect(z.strictObject({ ...spec }).safeParse(object.spec ?? {}).error).toBeUndefined();
    if (object.status !== undefined)
      expect(z.strictObject({ ...status }).safeParse(object.status).error).toBeUndefined();
    if (object.kind === 'NixBuild') checkNames(NixBuildSpec.parse(object.spec));
  });

  test.each(annotatedPods())('%s: %s asks for something that can be built', (_path, _annotation, template) => {
    expect(() => parseFlakeReference(fillTag(template, 'f5d53117c1b1a1a7b1d5c2b6b3f6a8e0c9d7e4f2'))).not.toThrow();
  });
});

test('annotations.md names the public registries, all and no others', () => {
  const { path, text } = page('docs/reference/annotations.md');
  const section = text.split('#### Public registries')[1]?.split('\n## ')[0] ?? '';
  const named = tableRowsOf({ path, text: section }).flatMap(([, hosts = '']) =>
    [...hosts.matchAll(/`([^`]+)`/g)].map(([, host]) => host ?? ''),
  );
  expect(named.toSorted()).toEqual([...publicHosts].toSorted());
});

describe('deploy/rbac.yaml', () => {
  const Rule = z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) });
  const Role = z.object({ rules: z.array(Rule) });
  const rules = manifestsIn(read('deploy/rbac.yaml'))
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((role) => Role.parse(role).rules);
  const granted = new Set(rules.flatMap(({ resources }) => resources));

  test('has no right that nothing in src uses', () => {
    const rights = rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}`)),
    );
    // Both are listed and watched; neither is ever in a plan, which is what is read one by one.
    expect(rights).not.toContain('get nodes');
    expect(rights).not.toContain('get namespaces');
    // Only an owner reference with blockOwnerDeletion asks for it.
    expect(rights.filter((right) => right.endsWith('/finalizers'))).toEqual([]);
  });

  test('has no wildcard', () => {
    expect(rules.flatMap((rule) => Object.values(rule).flat()).filter((word) => word.includes('*'))).toEqual([]);
  });

  test.each(['secrets', 'pods/exec', 'pods/attach', 'serviceaccounts/token'])('grants nothing on %s', (name) => {
    expect(granted.has(name)).toBe(false);
  });

  test('lets nobody make Pods', () => {
    const creators = rules.filter(({ resources, verbs }) => resources.includes('pods') && verbs.includes('create'));
    expect(creators).toEqual([]);
  });

  test('grants just the resources the controller knows', () => {
    const known: readonly string[] = Object.values(resource).map(({ plural }) => plural);
    const besides = ['events', 'leases'];
    const tops = [...granted].map((name) => name.split('/')[0] ?? '');
    expect(known.filter((name) => !granted.has(name))).toEqual([]);
    expect(tops.filter((name) => !known.includes(name) && !besides.includes(name))).toEqual([]);
  });
});

describe('deploy/network.yaml', () => {
  const Policy = z.object({
    spec: z.object({
      podSelector: z.unknown(),
      policyTypes: z.array(z.string()),
      ingress: z.unknown().optional(),
      egress: z.unknown().optional(),
    }),
  });
  const [controller, jobs] = manifestsIn(read('deploy/network.yaml')).map((policy) => Policy.parse(policy).spec);

  test("takes the network from every Job of enbi's namespace", () => {
    const there: readonly Exclude<JobParts['component'], 'build'>[] = ['agent', 'prepare', 'remove'];
    expect(jobs).toEqual({
      podSelector: { matchExpressions: [{ key: labels.label.component, operator: 'In', values: there }] },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  test('lets only labelled namespaces collect metrics', () => {
    const namespaceSelector = { matchLabels: { [labels.metricsLabel]: 'allowed' } };
    expect(controller?.ingress).toEqual([{ from: [{ namespaceSelector }], ports: [{ port: 'http' }] }]);
  });
});

describe('deploy/admission-tenants.yaml', () => {
  test('has the bounds of the table of ceilings', () => {
    const text = read('deploy/admission-tenants.yaml');
    const { podAnnotations, admittedAnnotation, admittedAnnotations, admittedOwners, admittedFinalizers } = ceilings;
    expect([...text.matchAll(/<= (\d+)/g)].map(([, bound]) => Number(bound))).toEqual([
      admittedAnnotations.value,
      admittedAnnotation.value,
      admittedAnnotations.value,
      admittedOwners.value,
      admittedFinalizers.value,
      podAnnotations.value,
      admittedAnnotation.value,
    ]);
  });
});

describe('deploy/roles.yaml', () => {
  const Role = z.object({ rules: z.array(z.object({ resources: z.array(z.string()), verbs: z.array(z.string()) })) });
  const roles = manifestsIn(read('deploy/roles.yaml')).map((role) => Role.parse(role).rules);

  test('lets nobody write a status, see other tenants or enbi, or do what is not named', () => {
    const named = roles.flat().flatMap(({ resources }) => resources);
    expect(named.filter((name) => /status|finalizers|nixstores|secrets|\*/.test(name))).toEqual([]);
    expect(roles.flat().flatMap(({ verbs }) => verbs)).not.toContain('*');
  });

  test('gives a user all that a viewer has', () => {
    const [viewer = [], user = []] = roles;
    for (const { resources, verbs } of viewer) {
      const same = user.find((rule) => rule.resources.join() === resources.join());
      expect(same?.verbs).toEqual(expect.arrayContaining(verbs));
    }
  });
});

type Shape = Readonly<Record<string, z.ZodType>>;

const schemas: Readonly<Record<string, { readonly spec: Shape; readonly status: Shape }>> = {
  NixBuild: { spec: NixBuildSpec.shape, status: NixBuildStatus.shape },
  NixStore: { spec: NixStoreSpec.shape, status: NixStoreStatus.shape },
};

function checkNames({ flakeUrl, packageName, system, imageTag }: NixBuildSpec): void {
  parseFlakeReference(flakeUrl);
  parsePackageName(packageName);
  parseSystem(system);
  refuseProtectedName(parseImageName(imageTag), { openHosts: [] });
}

/** Every annotation and label that src/api/labels.ts names. */
function namesInLabels(): readonly string[] {
  const texts = Object.values(labels).flatMap((value) => (typeof value === 'string' ? [value] : Object.values(value)));
  return texts.filter((text) => text.startsWith(`${labels.group}/`) && text !== labels.apiVersion);
}

/** YAML of the pages' blocks and of the files a user applies. */
function allYaml(): readonly (readonly [path: string, text: string])[] {
  const files = globSync(['deploy/*.yaml', 'examples/**/*.yaml'], { cwd: checkout }).toSorted();
  return [
    ...files.map((path) => [path, read(path)] as const),
    ...allPages().flatMap((each) => blocksOf(each, 'yaml').map((block) => [each.path, block] as const)),
  ];
}

function manifestsOfEnbi(): readonly (readonly [path: string, name: string, object: Manifest])[] {
  return allYaml().flatMap(([path, text]) =>
    manifestsIn(text)
      .filter(({ apiVersion }) => apiVersion === labels.apiVersion)
      .map((object) => [path, object.kind, object] as const),
  );
}

function annotatedPods(): readonly (readonly [path: string, annotation: string, template: string])[] {
  return allYaml().flatMap(([path, text]) =>
    manifestsIn(text).flatMap((object) => flakeAnnotations(object).map((entry) => [path, ...entry] as const)),
  );
}

/** However deep: annotations lie in a Pod, in a Deployment's template, in a CronJob's template's template. */
function flakeAnnotations(value: unknown): readonly (readonly [annotation: string, template: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key.startsWith(labels.podAnnotation.flakeUrl) ? [[key, String(child)] as const] : flakeAnnotations(child),
  );
}

function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const value: unknown = document.toJS();
    return value === null ? [] : [Manifest.parse(value)];
  });
}

function read(path: string): string {
  return readFileSync(join(checkout, path), 'utf8');
}

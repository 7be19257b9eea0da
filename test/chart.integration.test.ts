import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { type CommandResult, run } from '../cluster/command.ts';
import { ensureHelm } from '../cluster/components.ts';
import { type Setting, variableOf } from '../src/main/setting.ts';
import { settingsTable } from '../src/main/settings-table.ts';
import { certificate } from './support/certificate.ts';
import { checkout } from './support/source-files.ts';

const chart = join(checkout, 'charts/enbi');
const settings = Object.entries<Setting<unknown>>(settingsTable);
/** What deploy/kustomization.yaml lists; of the namespace, Helm wants it to be there before. */
const base = z
  .object({ resources: z.array(z.string()) })
  .parse(parse(readFileSync(join(checkout, 'deploy/kustomization.yaml'), 'utf8')))
  .resources.filter((file) => file !== 'namespace.yaml');
let helm = '';

beforeAll(async () => {
  helm = await ensureHelm((line) => void process.stdout.write(`${line}\n`));
});

async function withValues(verb: readonly string[], values: object = {}): Promise<CommandResult> {
  return await run([helm, ...verb, chart, '--namespace', 'enbi', '--values', '-'], { stdin: stringify(values) });
}

const Manifest = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
type Manifest = z.infer<typeof Manifest>;

async function rendered(values: object = {}): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await withValues(['template', 'enbi', '--include-crds'], values);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return manifestsIn(stdout);
}

function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [Manifest.parse(value)];
  });
}

/** In the order of their names, which is nobody's order but everybody's. */
function sorted(manifests: readonly Manifest[]): readonly Manifest[] {
  const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  return manifests.toSorted((a, b) => key(a).localeCompare(key(b)));
}

const Annotations = z.record(z.string(), z.string());
const Env = z.array(z.looseObject({ name: z.string(), value: z.string().optional() }));
const Workload = z.looseObject({
  kind: z.enum(['Deployment', 'Job']),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({}).optional(),
      spec: z.looseObject({ containers: z.tuple([z.looseObject({ args: z.array(z.string()), env: Env })]) }),
    }),
  }),
});

function deploymentIn(manifests: readonly Manifest[]) {
  return Workload.parse(manifests.find(({ kind }) => kind === 'Deployment'));
}

function environmentIn(manifests: readonly Manifest[]): ReadonlyMap<string, string | undefined> {
  const [{ env }] = deploymentIn(manifests).spec.template.spec.containers;
  return new Map(env.map(({ name, value }) => [name, value]));
}

/** Helm is told when to run what a user of deploy/uninstall applies. */
function withoutHook(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  const others = Object.entries(Annotations.parse(annotations ?? {})).filter(
    ([name]) => !name.startsWith('helm.sh/hook'),
  );
  if (others.length === 0) return { ...manifest, metadata };
  return { ...manifest, metadata: { ...metadata, annotations: Object.fromEntries(others) } };
}

/** What deploy/ leaves to the controller, the chart says: the same. */
function withoutDefaults(manifest: Manifest): unknown {
  if (manifest.kind !== 'Deployment' && manifest.kind !== 'Job') return manifest;
  const deployment = Workload.parse(manifest);
  const [container] = deployment.spec.template.spec.containers;
  container.args = container.args.filter((arg) => arg !== '--timeout=270');
  const defaults = new Map(settings.map(([name, { fallback }]) => [variableOf(name), String(fallback)]));
  container.env = container.env.filter(({ name, value }) => value === undefined || defaults.get(name) !== value);
  return deployment;
}

describe('charts/enbi', () => {
  test('pleases helm lint', async () => {
    const { code, stdout } = await withValues(['lint', '--strict']);
    expect(stdout).toContain('0 chart(s) failed');
    expect(code).toBe(0);
  });

  test('makes what deploy/ makes, but for the namespace', async () => {
    const files = [...base, 'uninstall/rbac.yaml', 'uninstall/admission.yaml', 'uninstall/job.yaml'];
    const plain = files.flatMap((file) => manifestsIn(readFileSync(join(checkout, 'deploy', file), 'utf8')));
    expect(
      sorted(await rendered())
        .map(withoutHook)
        .map(withoutDefaults),
    ).toEqual(sorted(plain));
  });

  test('passes every setting on as the controller reads it', async () => {
    const given = settings.flatMap(([name, setting]) =>
      setting.chart === undefined ? [] : [{ name, setting, path: setting.chart.split('.'), sample: sampleOf(setting) }],
    );
    const values = given.map(({ path, sample }) => nested(path, sample.value)).reduce(merged, {});
    const environment = environmentIn(await rendered(values));
    for (const { name, setting, sample } of given) {
      expect([name, environment.get(variableOf(name))]).toEqual([name, sample.text]);
      expect([name, setting.kind.parse(sample.text)]).not.toEqual([name, setting.fallback]);
    }
  });

  test('leaves out what is not wanted', async () => {
    const kinds = async (values: object) =>
      (await rendered(values)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const [all, fewer] = [
      await kinds({}),
      await kinds({ userRoles: false, admissionPolicies: false, networkPolicies: false, builds: { readLogs: false } }),
    ];
    const left = all.filter((name) => !fewer.includes(name));
    expect(left.filter((name) => !/^(ValidatingAdmission|Network)Policy(Binding)? enbi-/.test(name))).toEqual([
      'ClusterRole enbi-controller-build-logs',
      'ClusterRole enbi-viewer',
      'ClusterRole enbi-user',
      'ClusterRoleBinding enbi-controller-build-logs',
    ]);
    expect(left.length).toBe(26);
  });

  test('tells no binary cache from nothing said of binary caches', async () => {
    expect(environmentIn(await rendered({ nix: { substituters: [] } })).get('ENBI_SUBSTITUTERS')).toBe('');
    expect(environmentIn(await rendered()).has('ENBI_SUBSTITUTERS')).toBe(false);
  });

  test.each([0, 3600, 'always'])('has agents stay as long as is set: %s', async (agentIdle) => {
    expect(environmentIn(await rendered({ nodes: { agentIdle } })).get('ENBI_AGENT_IDLE')).toBe(String(agentIdle));
  });

  test('purges the nodes only when it is told to', async () => {
    const argsOf = async (values: object) => {
      const job = (await rendered(values)).find(({ kind }) => kind === 'Job');
      return Workload.parse(job).spec.template.spec.containers[0].args;
    };
    expect(await argsOf({})).toEqual(['uninstall', '--timeout=270']);
    const purging = { uninstall: { purge: true, timeoutSeconds: 1_000_001 } };
    expect(await argsOf(purging)).toEqual(['uninstall', '--timeout=1000001', '--purge']);
  });

  test('takes what people expect to say of a Pod', async () => {
    const values = {
      image: { repository: 'registry.example/enbi', tag: 'v2', pullPolicy: 'Always' },
      podAnnotations: { 'example.com/a': 'b' },
      podLabels: { team: 'platform', 'app.kubernetes.io/name': 'another' },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'control-plane', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-cluster-critical',
      resources: { requests: { cpu: '1' } },
    };
    const { metadata, spec } = deploymentIn(await rendered(values)).spec.template;
    // The selector's own label is not the user's to change.
    expect(metadata).toMatchObject({
      annotations: values.podAnnotations,
      labels: { team: 'platform', 'app.kubernetes.io/name': 'enbi' },
    });
    const { nodeSelector, tolerations, affinity, priorityClassName } = values;
    expect(spec).toMatchObject({ nodeSelector, tolerations, affinity, priorityClassName });
    expect(spec.containers[0]).toMatchObject({
      image: 'registry.example/enbi:v2',
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '1' } },
    });
    const environment = environmentIn(await rendered(values));
    expect(environment.get('ENBI_IMAGE')).toBe('registry.example/enbi:v2');
    expect(environment.get('ENBI_IMAGE_PULL_POLICY')).toBe('Always');
  });

  test.each([
    [
      'an unknown value',
      { builds: { timeoutSecond: 4 } },
      "at '/builds': additional properties 'timeoutSecond' not allowed",
    ],
    [
      'a word for a number',
      { builds: { timeoutSeconds: 'long' } },
      "at '/builds/timeoutSeconds': got string, want integer",
    ],
    [
      'an amount of nothing',
      { builds: { temporaryLimit: '33 GB' } },
      "at '/builds/temporaryLimit': '33 GB' does not match pattern",
    ],
    [
      'a level there is not',
      { logLevel: 'trace' },
      "at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'",
    ],
    [
      'a list as words',
      { nix: { substituters: 'https://a https://b' } },
      "at '/nix/substituters': got string, want null or array",
    ],
    ['a selector that is none', { nodes: { repel: 'a b' } }, '/nodes/repel'],
    ['a time that is neither seconds nor always', { nodes: { agentIdle: 'never' } }, '/nodes/agentIdle'],
    ['a time that is too long', { nodes: { agentIdle: 604_801 } }, '/nodes/agentIdle'],
    ['a host that is none', { images: { openHosts: ['https://quay.io'] } }, '/images/openHosts/0'],
  ])('refuses %s and says where', async (_, values, message) => {
    const { code, stderr } = await withValues(['template', 'enbi'], values);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

const samples = [
  { value: 1_000_001, text: '1000001' },
  { value: '3Gi', text: '3Gi' },
  { value: '36h', text: '36h' },
  { value: '/srv/containerd.sock', text: '/srv/containerd.sock' },
  { value: 'key=value,!other', text: 'key=value,!other' },
  { value: ['https://a', 'https://b'], text: 'https://a https://b' },
  { value: ['ghcr.io', 'quay.io'], text: 'ghcr.io quay.io' },
  { value: ['pipe-operators', 'blake3-hashes'], text: 'pipe-operators blake3-hashes' },
  { value: certificate, text: certificate },
  { value: 'always', text: 'always' },
  { value: [{ key: 'a', operator: 'Exists' }], text: '[{"key":"a","operator":"Exists"}]' },
];

/** A value that its schema allows and that is not the default, with what the controller is to read. */
function sampleOf({ kind, fallback }: Setting<unknown>) {
  if (kind.schema['type'] === 'boolean') return { value: fallback !== true, text: String(fallback !== true) };
  const choice = kind.choices?.find((each) => each !== fallback);
  if (choice !== undefined) return { value: choice, text: choice };
  const schema = z.fromJSONSchema(kind.schema);
  const sample = samples.find(({ value, text }) => schema.safeParse(value).success && canBeRead(kind, text));
  if (sample === undefined) throw new Error(`no sample fits ${JSON.stringify(kind.schema)}`);
  return sample;
}

/** What the schema lets pass, the controller may still refuse. */
function canBeRead({ parse }: Setting<unknown>['kind'], text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

type Tree = { [key: string]: unknown };

function nested(path: readonly string[], value: unknown): Tree {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nested(rest, value) };
}

function merged(a: Tree, b: Tree): Tree {
  const all = { ...a };
  for (const [key, value] of Object.entries(b))
    all[key] = isTree(all[key]) && isTree(value) ? merged(all[key], value) : value;
  return all;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

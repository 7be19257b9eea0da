import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { someSettings } from '../../../test/support/builders.ts';
import { type Reason, reasons } from '../../api/reasons.ts';
import { resource } from '../../cluster-view/resources.ts';
import { exitCodes } from '../exit-codes.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';

/** What `explain` prints as a remedy is copied: so each command in it is, here, and run. */
const reasonsPage = readFileSync(new URL('../../../docs/reference/reasons.md', import.meta.url), 'utf8');
const options = { embedded: { reasonsPage }, settingsFrom: () => someSettings() };
const image = 'git.example/demo/hello:1.0';
const spec = {
  flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
  packageName: 'docker.web',
  system: 'x86_64-linux',
  imageTag: image,
};
const events = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** A Pod that waits, and a NixBuild that says this, with all that a status can name. */
function aCluster(reason: Reason, withBuild = true): MemoryCluster {
  const cluster = new MemoryCluster();
  putController(cluster);
  cluster.put(resource.pods, {
    metadata: {
      name: 'web-1',
      namespace: 'team',
      uid: 'p',
      annotations: {
        'enbi.hrzn.ee/nixbuild-flakeUrl': spec.flakeUrl,
        'enbi.hrzn.ee/nixbuild-packageName': spec.packageName,
      },
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] },
  });
  if (withBuild)
    cluster.put(resource.builds, {
      metadata: { name: 'hello', namespace: 'team', uid: 'u' },
      spec,
      status: statusOf(reason),
    });
  else tellPod(cluster, reason);
  return cluster;
}

function statusOf(reason: Reason): object {
  const place = { buildNode: 'node-1', storeName: 'team-node-1', buildJobName: 'hello-build-1' };
  const failure = { stage: 'Build', reason, message: 'it failed', reproduce: "nix build --print-build-logs 'x'" };
  return { status: 'Failed', attempts: 1, ...place, failure };
}

/** As a tenant sees it, to whom the controller's rules say nothing. */
function tellPod(cluster: MemoryCluster, reason: Reason): void {
  cluster.put(events, {
    metadata: { name: 'e', namespace: 'team' },
    involvedObject: { kind: 'Pod', name: 'web-1', uid: 'p' },
    type: 'Warning',
    reason,
    message: 'it failed',
    reportingComponent: 'enbi',
  });
}

interface Remedy {
  readonly meaning?: string;
  readonly remedy?: string;
  readonly commands?: readonly string[];
}

async function remedyOf(cluster: MemoryCluster, ...args: readonly string[]): Promise<Remedy> {
  const { out } = await runInMemory(['explain', ...args, '--output', 'json'], { ...options, cluster });
  return (JSON.parse(out) as { reason?: Remedy }).reason ?? {};
}

/** Single quotes alone, as a shell reads them. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|([^\s']+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** What a Pod is told before there is a NixBuild. */
const ofPods: readonly Reason[] = [
  'AmbiguousImage',
  'BuildWouldNotHelp',
  'ImageNeverLocal',
  'InvalidFlakeReference',
  'InvalidImageName',
  'InvalidPackageName',
  'InvalidSecretName',
  'NameTaken',
  'NamespaceFull',
  'RefusedByCluster',
  'TooLarge',
  'UnsupportedSystem',
  'WaitingForDeletion',
];

describe.each([
  ['of a NixBuild', true, ['nb/hello'], reasons],
  ['of a Pod with a NixBuild', true, ['pod/web-1'], reasons],
  ['of a Pod alone', false, ['pod/web-1'], ofPods],
] as const)('a remedy, %s', (_, withBuild, args, told) => {
  it.each(told)('%s: has no placeholder, and its commands run', async (reason) => {
    const { meaning = '', remedy = '', commands = [] } = await remedyOf(aCluster(reason, withBuild), ...args);
    expect(`${meaning}${remedy}`).not.toMatch(/\.md\b|\]\(|\||with the name from (?!status\.)/);
    for (const command of commands) {
      expect(`${meaning} ${remedy}`).toContain(command);
      expect(command).not.toMatch(/\b(NAME|JOB|NODE|POD|FLAKE|IMAGE|REFERENCE)\b/);
      const [, program, ...rest] = wordsOf(command);
      if (program === 'enbi')
        expect([command, await ran(rest, aCluster(reason, withBuild))]).toEqual([
          command,
          { code: exitCodes.ok, err: '' },
        ]);
    }
  });
});

/** Where the build is, as the controller would have it. */
async function ran([verb = '', ...words]: readonly string[], cluster: MemoryCluster): Promise<object> {
  const more = verb === 'build' ? ['--no-follow', '--system', spec.system] : [];
  const args = [verb, ...words.filter((word) => word !== '--follow'), ...more];
  const { code, err } = await runInMemory(args, { ...options, cluster });
  return { code, err };
}

it('has commands to copy, of many reasons', async () => {
  const all = await Promise.all(reasons.map((reason) => remedyOf(aCluster(reason), 'nb/hello')));
  expect(all.filter(({ commands = [] }) => commands.length > 0).length).toBeGreaterThan(10);
});

it('names no place in the sources', () => {
  const folder = new URL('..', import.meta.url).pathname;
  const sources = globSync('**/*.ts', { cwd: folder }).filter((file) => !file.endsWith('.test.ts'));
  const texts = sources.flatMap(
    (file) => readFileSync(`${folder}/${file}`, 'utf8').match(/'[^'\n]*docs\/[^'\n]*'/g) ?? [],
  );
  expect(texts).toEqual([]);
});

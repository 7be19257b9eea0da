import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, up } from '../../cluster/cluster.ts';
import { type CommandResult, run } from '../../cluster/command.ts';
import { ensureComponents } from '../../cluster/components.ts';
import { exitCodes } from '../../src/plugin/exit-codes.ts';
import { buildPlugin } from '../../tools/plugin.ts';
import { startContainerd } from '../support/containerd.ts';
import { anImage, dockerArchiveOf } from '../support/images.ts';
import { checkout } from '../support/source-files.ts';
import { effectOf } from './effects.ts';
import { NixOfReader } from './nix-of-reader.ts';
import { printedByCommands } from './of-commands.ts';
import { printedByController, reproduceOf } from './of-controller.ts';
import { printedByDoctor } from './of-doctor.ts';
import { printedByExplain, reasonsPage } from './of-explain.ts';
import { flakeUrl, names, ownImage, type Printed } from './printed.ts';
import { Server } from './server.ts';

// Every command that explain, doctor, conditions, events and docs/reference/reasons.md print is copied and run. printed.test.ts
// sees to it that none is left out.

const scratch = await mkdtemp(join(tmpdir(), 'enbi-remedies-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Of the page, whose reader fills in the names. */
const ofPage = [...reasonsPage.matchAll(/^kubectl .*/gm)].map(([line]) =>
  line
    .replace(/ +#.*/, '')
    .replace('pod NAME', `pod ${names.pod}`)
    .replace(/\bNAME\b/, names.build),
);

function commandsOf(printed: readonly Printed[], program: string): readonly string[] {
  const all = printed.flatMap(({ commands }) => commands).filter((command) => command.startsWith(`${program} `));
  return [...new Set(all)].toSorted();
}

const printed = [
  ...printedByDoctor(),
  ...printedByController(flakeUrl),
  ...(await printedByExplain(flakeUrl)),
  ...(await printedByCommands()),
];

describe('a command that is copied does what it is printed for', () => {
  let cluster: Cluster;
  let server: Server;
  let inTeam: string;

  beforeAll(async () => {
    cluster = await up({ name: 'remedies', nodes: 0, report: (line) => console.log(line) });
    await buildPlugin(scratch);
    for (const folder of ['deploy/crds.yaml', 'deploy/namespace.yaml', 'deploy/rbac.yaml'])
      await cluster.kubectl(['apply', '--server-side', '--filename', join(checkout, folder)]);
    server = await Server.on(cluster);
    inTeam = join(scratch, 'kubeconfig');
    await writeFile(inTeam, await readFile(cluster.kubeconfig));
    await copied(`kubectl config set-context --current --namespace ${names.namespace}`, inTeam);
  });
  afterAll(() => cluster?.down());

  /** In a checkout, as some of them say. */
  async function copied(command: string, kubeconfig: string): Promise<CommandResult> {
    const path = [scratch, dirname(cluster.kubectlPath), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
    const env = { PATH: path, HOME: scratch, KUBECONFIG: kubeconfig };
    return await run(['sh', '-c', command], { env, cwd: checkout });
  }

  async function doesIts(command: string, kubeconfig: string): Promise<void> {
    await server.restore(phaseFor(command));
    const over = new AbortController();
    const running = copied(command, kubeconfig).finally(() => over.abort());
    // What follows a build waits for the controller.
    while (!over.signal.aborted && follows(command)) await server.succeed();
    const ran = await running;
    const well = command.endsWith(' doctor') ? [exitCodes.ok, exitCodes.failed] : [exitCodes.ok];
    expect(well, `${command}: ${ran.stderr}${ran.stdout}`).toContain(ran.code);
    await effectOf(command)(cluster, ran);
  }

  test.each(commandsOf(printed, 'kubectl'))('%s', async (command) => {
    await doesIts(command, cluster.kubeconfig);
  });

  test.each(ofPage)('of the page, %s', async (command) => {
    await doesIts(command, inTeam);
  });

  test('there are many of them', () => expect(commandsOf(printed, 'kubectl').length).toBeGreaterThan(25));
});

describe('a command of Nix that is copied does what it is printed for', () => {
  let nix: NixOfReader;
  beforeAll(async () => {
    nix = await NixOfReader.start(join(scratch, 'nix'));
  });
  afterAll(() => nix?.[Symbol.dispose]());

  test('of explain', async () => {
    const commands = commandsOf(await printedByExplain(nix.flakeUrl), 'nix');
    expect(commands).not.toEqual([]);
    for (const command of commands) {
      const { code, stdout, stderr } = await nix.copied(command);
      expect({ command, code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain(nix.rev);
    }
  });

  test.each([
    ['the reference', {}],
    ['the version it was resolved to', { lockedUrl: true }],
    ['a package with a name to be quoted', { packageName: `"it's"` }],
  ])('of a status: with %s', async (_, { lockedUrl = false, packageName = 'default' }: Wanted) => {
    const status = lockedUrl ? { lockedUrl: `${nix.flakeUrl}&rev=${nix.rev}` } : {};
    const command = reproduceOf({ spec: { flakeUrl: nix.flakeUrl, packageName }, status });
    const { code, stderr } = await nix.copied(command);
    expect({ command, code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('it is built') });
  });
});

/** Where the build is when somebody reads this. Undefined: there is none, since whoever builds anew deletes it first. */
function phaseFor(command: string): string | undefined {
  if (/^kubectl enbi .*build /.test(command)) return undefined;
  return / cancel /.test(command) || follows(command) ? 'Building' : 'Failed';
}

function follows(command: string): boolean {
  return /^kubectl enbi .*(?:build|--follow) /.test(command);
}

interface Wanted {
  readonly lockedUrl?: boolean;
  readonly packageName?: string;
}

test('a command of containerd that is copied moves the image, the file filled in', async () => {
  const { bin } = await ensureComponents(() => undefined);
  await using daemon = await startContainerd(bin);
  const env = { PATH: `${bin}:/usr/bin:/bin`, CONTAINERD_ADDRESS: daemon.socket };
  const archive = join(scratch, 'image.tar');
  await writeFile(archive, dockerArchiveOf(anImage(), [ownImage]));
  const commands = commandsOf(printed, 'ctr').toSorted((one, other) => orderOf(one) - orderOf(other));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const ran = await run(['sh', '-c', command.replace('FILE', archive)], { env, cwd: scratch });
    expect({ command, ...ran }).toMatchObject({ code: 0 });
    expect(await daemon.ctr('images', 'list', '--quiet')).toContain(ownImage);
  }
});

/** A file is there when it was written. */
function orderOf(command: string): number {
  return ['FILE', ' export ', ' import '].findIndex((word) => command.includes(word));
}

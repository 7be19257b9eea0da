import { describe, expect, it } from 'vitest';
import { resource } from '../../cluster-view/resources.ts';
import { nixBuildFor } from '../../controllers/pods/nix-build.ts';
import { PolicyError } from '../../errors.ts';
import { errorFor } from '../../runtime/api-status.ts';
import { MemoryCluster, playStatuses, putController, runInMemory } from '../memory-plugin.ts';

const flake = 'git+https://git.example/hello?ref=refs/tags/{tag}';
const image = 'git.example/demo/hello:1.0';
const wanted = ['build', flake, '--image', image];
const wish = { image, flakeUrl: flake.replace('{tag}', '1.0'), packageName: 'default' };
const { name } = nixBuildFor('team', wish, 'x86_64-linux').metadata;

const lastTransitionTime = '2026-01-01T12:00:00Z';
const building = {
  status: 'Building',
  attempts: 1,
  buildNode: 'node-1',
  progress: 'building hello',
  conditions: [{ type: 'Ready', status: 'False', reason: 'BuildRunning', message: 'under way', lastTransitionTime }],
};
const succeeded = {
  status: 'Succeeded',
  nodes: ['node-1'],
  imageSize: 1000,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'ImageReady',
      message: `${image} is loaded on node-1`,
      lastTransitionTime,
    },
  ],
};
const failed = {
  status: 'Failed',
  failure: {
    stage: 'Build',
    reason: 'BuilderFailed',
    message: 'it failed',
    derivation: '/nix/store/x.drv',
    logTail: 'one\n\u001b[31mtwo\u001b[0m',
    reproduce: "nix build --print-build-logs 'x'",
  },
  conditions: [{ type: 'Ready', status: 'False', reason: 'BuilderFailed', message: 'it failed', lastTransitionTime }],
};

function aCluster(...architectures: readonly string[]): MemoryCluster {
  const cluster = new MemoryCluster();
  putController(cluster);
  for (const [index, architecture] of architectures.entries()) {
    cluster.put(resource.nodes, { metadata: { name: `node-${index}` }, status: { nodeInfo: { architecture } } });
  }
  return cluster;
}

async function nameMade(cluster: MemoryCluster): Promise<string> {
  const { items } = await cluster.list(resource.builds, { namespace: 'team' });
  expect(items).toHaveLength(1);
  return (items[0] as { metadata: { name: string } }).metadata.name;
}

describe('kubectl enbi build', () => {
  it('makes the NixBuild a Pod would make, and tells how it goes until it has succeeded', async () => {
    const cluster = aCluster('amd64', 'amd64');
    const logKeptUntil = '2026-01-01T12:05:00Z';
    playStatuses(cluster, name, [
      building,
      { lockedUrl: 'git+https://git.example/hello?rev=abc' },
      { ...succeeded, logKeptUntil },
    ]);
    const { code, out, err } = await runInMemory(wanted, { cluster });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await nameMade(cluster)).toBe(name);
    expect(out.split('\n')).toEqual([
      `NixBuild ${name} in namespace team was made`,
      'Pending     waits for the controller to see it',
      '            attempt 1 on node node-1',
      'Building    BuildRunning',
      '            locked to git+https://git.example/hello?rev=abc',
      `Succeeded   ImageReady: ${image} is loaded on node-1`,
      `            its log can be read until ${logKeptUntil} at the longest`,
      '',
    ]);
  });

  it.each([
    ['latest', true],
    ['1.0-latest', false],
  ])('warns of the tag %s: %s', async (tag, isWarned) => {
    const args = ['build', 'github:a/b', '--image', `git.example/demo/hello:${tag}`, '--no-follow'];
    const { out } = await runInMemory(args, { cluster: aCluster('amd64') });
    expect(out.includes('imagePullPolicy: IfNotPresent')).toBe(isWarned);
  });

  it('ends with 1 when it fails, with the end of the log made printable and what to do next', async () => {
    const cluster = aCluster('amd64');
    playStatuses(cluster, name, [building, failed]);
    const { code, out } = await runInMemory(wanted, { cluster });
    expect(code).toBe(1);
    expect(out).toContain('Failed      BuilderFailed: it failed\n  derivation  /nix/store/x.drv\n');
    expect(out).toContain('    │ one\n    │ two\n');
    expect(out).toContain("  reproduce   nix build --print-build-logs 'x'\n");
    expect(out).toContain(`  what to do  kubectl enbi explain nixbuild/${name}\n`);
  });

  it('follows one that is there, and says how to try a failed one again', async () => {
    const cluster = aCluster('amd64');
    await runInMemory([...wanted, '--no-follow'], { cluster });
    await cluster.patch(resource.builds, { namespace: 'team', name }, { status: failed }, { subresource: 'status' });
    const { code, out } = await runInMemory(wanted, { cluster });
    expect(code).toBe(1);
    expect(out).toContain(`NixBuild ${name} in namespace team is there already\n`);
    expect(out).toContain('the same command with --retry');
    expect(cluster.writes.filter((write) => write.startsWith('create'))).toHaveLength(2);
  });

  it('with --retry asks for another attempt of a failed one and waits for its end', async () => {
    const cluster = aCluster('amd64');
    await runInMemory([...wanted, '--no-follow'], { cluster });
    await cluster.patch(resource.builds, { namespace: 'team', name }, { status: failed }, { subresource: 'status' });
    const asked = '2026-01-01T12:00:00.000Z';
    playStatuses(cluster, name, [{ ...building, retryAnswered: asked }, succeeded]);
    const { code, out } = await runInMemory([...wanted, '--retry'], { cluster });
    expect(code).toBe(0);
    expect(out).toContain(`another attempt of NixBuild ${name} is asked for\n`);
    expect(await cluster.get(resource.builds, { namespace: 'team', name })).toMatchObject({
      metadata: { annotations: { 'enbi.hrzn.ee/retry': asked } },
    });
  });

  it('gives programs one object and keeps what people read off the standard output', async () => {
    const cluster = aCluster('amd64');
    playStatuses(cluster, name, [succeeded]);
    const { code, out, err } = await runInMemory([...wanted, '-o', 'json'], { cluster });
    expect(code).toBe(0);
    expect(err).toContain('Succeeded');
    expect(JSON.parse(out)).toMatchObject({ kind: 'NixBuild', name, image, phase: 'Succeeded', nodes: ['node-1'] });
  });

  it.each([
    ['a reference that is no remote one', ['build', 'path:.', '-i', image], 'path:'],
    [
      'a fragment, with the flag that is for it',
      ['build', 'git+https://git.example/a#stream', '-i', image],
      '--package stream',
    ],
    ['an image without a host, with one that would do', ['build', flake, '-i', 'hello'], 'git.example/hello:1.0'],
    [
      'an image without a host and with a tag',
      ['build', flake, '-i', 'hello:1'],
      'does not begin with a registry host',
    ],
    ['an image with a digest', ['build', flake, '-i', `${image}@sha256:${'a'.repeat(64)}`], 'asks for one digest'],
    ['a package that is no path', [...wanted, '-p', '$(id)'], 'is no attribute path'],
    ['a system that is none', [...wanted, '-s', 'windows'], 'is none that images are built for'],
    ['no image', ['build', flake], "required option '-i, --image <name>' not specified"],
    ['a flag that is none', [...wanted, '--imgae', 'x'], '--image'],
    ['a format that is none', [...wanted, '-o', 'xml'], 'Allowed choices are text, json, yaml'],
  ])('refuses %s before it asks the cluster', async (_, args, message) => {
    const connect = () => Promise.reject(new Error('the cluster was asked'));
    const { code, err, out } = await runInMemory(args, { connect });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it.each([
    ['are of two systems', ['amd64', 'arm64'], 'nodes have aarch64-linux and x86_64-linux: write --system'],
    ['are unknown', [], 'no node has a system that is known'],
  ])('asks for the system when nodes %s', async (_, architectures, message) => {
    const { code, err } = await runInMemory(wanted, { cluster: aCluster(...architectures) });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('asks for the system when nodes may not be listed, and ends with 3 when NixBuilds may not be made', async () => {
    const cluster = aCluster('amd64');
    cluster.onCall = ({ verb, kind }) => {
      if (kind === 'Node' || verb === 'create')
        throw new PolicyError('Forbidden', `User "x" cannot ${verb} resource "${kind}"`);
    };
    const unknown = await runInMemory(wanted, { cluster });
    expect([unknown.code, unknown.err]).toEqual([
      2,
      'error: you may not list nodes; write the system of the nodes that shall run the image, for example --system x86_64-linux\n',
    ]);
    const refused = await runInMemory([...wanted, '-s', 'x86_64-linux'], { cluster });
    expect([refused.code, refused.err.split('\n')]).toEqual([
      3,
      [
        'error: you may not create nixbuilds.enbi.hrzn.ee in namespace team: ask who looks after the cluster for that right',
        'User "x" cannot create resource "NixBuild"',
        '',
      ],
    ]);
  });

  it('takes a full quota for no missing right', async () => {
    const cluster = aCluster('amd64');
    cluster.onCall = ({ verb }) => {
      if (verb === 'create') throw new PolicyError('Forbidden', 'nixbuilds "web" is forbidden: exceeded quota: builds');
    };
    const { code, err } = await runInMemory(wanted, { cluster });
    expect([code, err.split('\n')]).toEqual([
      3,
      [
        'error: the API server refuses to create nixbuilds.enbi.hrzn.ee in namespace team, and says why:',
        'nixbuilds "web" is forbidden: exceeded quota: builds',
        '',
      ],
    ]);
  });

  it.each([
    ['is none', undefined, "enbi's controller is not in namespace enbi: nothing is built without it"],
    ['is none that works', 0, "no replica of enbi's controller in namespace enbi is available"],
  ])('says that nothing is built when of the controller there %s', async (_, available, text) => {
    const cluster = new MemoryCluster();
    if (available !== undefined) putController(cluster, available);
    const { code, out } = await runInMemory([...wanted, '-s', 'x86_64-linux', '--no-follow'], { cluster });
    expect([code, out]).toEqual([0, expect.stringContaining(text)]);
  });

  it.each([
    ['the namespace is missing', false, 2, 'error: there is no namespace team in this cluster\n'],
    ['enbi is missing', true, 3, 'error: enbi is not installed in this cluster: it knows no nixbuilds'],
  ])('tells what is missing when the API server finds nothing: %s', async (_, isAll, expected, text) => {
    const cluster = aCluster('amd64');
    cluster.onCall = ({ verb, kind }) => {
      if (kind !== 'NixBuild' || (verb !== 'create' && !isAll)) return;
      throw errorFor({ code: 404, reason: 'NotFound', message: 'nothing here' }, 'POST /apis');
    };
    const { code, err } = await runInMemory(wanted, { cluster });
    expect([code, err]).toEqual([expected, expect.stringContaining(text.trimEnd())]);
  });

  it('leaves the build running at Ctrl-C, and says how to go on', async () => {
    const stop = new AbortController();
    const cluster = aCluster('amd64');
    cluster.onCall = ({ verb }) => {
      if (verb === 'watch') setImmediate(() => stop.abort());
    };
    const { code, out } = await runInMemory(wanted, { cluster, signal: stop.signal });
    expect(code).toBe(130);
    expect(out).toContain(`kubectl enbi logs --follow nixbuild/${name}`);
    expect(out).toContain(`kubectl enbi cancel ${name}`);
    expect(cluster.writes).toEqual([`create NixBuild team/${name}`]);
  });
});

it("what it makes is a person's: enbi removes it neither as history nor when it goes", async () => {
  const cluster = aCluster('amd64');
  await runInMemory([...wanted, '--no-follow'], { cluster });
  const made = await cluster.get(resource.builds, { namespace: 'team', name });
  expect(made).toMatchObject({ metadata: { name, labels: {} } });
  expect(made).not.toHaveProperty(['metadata', 'labels', 'app.kubernetes.io/managed-by']);
});

describe('kubectl enbi retry', () => {
  async function aFailedBuild(status: object = failed): Promise<MemoryCluster> {
    const cluster = aCluster('amd64');
    await runInMemory([...wanted, '--no-follow'], { cluster });
    await cluster.patch(resource.builds, { namespace: 'team', name }, { status }, { subresource: 'status' });
    return cluster;
  }

  it('asks once, however often it is called', async () => {
    const cluster = await aFailedBuild();
    for (const text of ['is asked for', 'is asked for already']) {
      const { code, out } = await runInMemory(['retry', `nb/${name}`], { cluster });
      const follow = `  follow it   kubectl enbi logs --follow nixbuild/${name}`;
      expect([code, out]).toEqual([0, `another attempt of NixBuild ${name} ${text}\n${follow}\n`]);
    }
    expect(cluster.writes.filter((write) => write.startsWith('patch'))).toHaveLength(2);
  });

  it.each([
    ['has succeeded', succeeded, 'has succeeded: there is nothing to try again'],
    ['is under way', building, 'is under way (Building)'],
    ['is about to begin', { status: 'Pending' }, 'is under way (Pending)'],
  ])('leaves one alone that %s', async (_, status, text) => {
    const cluster = await aFailedBuild(status);
    const { code, out } = await runInMemory(['retry', name], { cluster });
    expect([code, out]).toEqual([0, expect.stringContaining(text)]);
    expect(cluster.writes.filter((write) => write.startsWith('patch'))).toHaveLength(1);
  });

  it('asks for one that waits for its next attempt: nobody who has mended something need wait, too', async () => {
    const cluster = await aFailedBuild({ status: 'Pending', nextAttemptTime: lastTransitionTime });
    for (const text of ['is asked for', 'is asked for already'])
      expect((await runInMemory(['retry', name], { cluster })).out).toContain(
        `another attempt of NixBuild ${name} ${text}\n`,
      );
    expect(cluster.writes.filter((write) => write.startsWith('patch'))).toHaveLength(2);
  });

  it('waits for the end of the attempt when told, and ends as it does', async () => {
    const cluster = await aFailedBuild();
    const asked = '2026-01-01T12:00:00.000Z';
    playStatuses(cluster, name, [{ ...building, retryAnswered: asked }, failed]);
    const { code, out } = await runInMemory(['retry', name, '--wait'], { cluster });
    expect(code).toBe(1);
    expect(out).toContain('Building    BuildRunning\nFailed');
  });

  const earlier = { ...failed, attempts: 6, buildNode: 'node-1', lockedUrl: 'git+https://git.example/hello?rev=abc' };
  /** Whoever looks again later does it at once. */
  const impatient = {
    now: () => new Date('2026-01-01T12:00:00Z'),
    monotonicMs: () => 0,
    setTimer: (_: number, fn: () => void) => (setImmediate(fn), () => undefined),
  };
  const again = { ...earlier, attempts: 7, retryAnswered: '2026-01-01T12:00:00.000Z' };

  it.each([
    ['retry', ['retry', name, '--wait']],
    ['build --retry', [...wanted, '--retry']],
    ['build --retry --logs', [...wanted, '--retry', '--logs']],
  ])('tells nothing of the attempt before: %s', async (_, args) => {
    const cluster = await aFailedBuild(earlier);
    playStatuses(cluster, name, [{ ...building, attempts: 7, retryAnswered: again.retryAnswered }, again]);
    const { code, out } = await runInMemory(args, { cluster, clock: impatient });
    expect(code).toBe(1);
    expect(out.replaceAll(/^.*┄.*\n/gm, '')).toContain(
      `another attempt of NixBuild ${name} is asked for
            attempt 7 on node node-1
Building    BuildRunning
Failed      BuilderFailed: it failed
`,
    );
    expect(out).not.toContain('attempt 6');
  });

  it('tells the end of an attempt that went by unseen, though it ended like the one before', async () => {
    const cluster = await aFailedBuild(earlier);
    playStatuses(cluster, name, [again]);
    const { out } = await runInMemory(['retry', name, '--wait'], { cluster });
    expect(out).toContain('            attempt 7 on node node-1\nFailed      BuilderFailed: it failed\n');
  });

  it('says nothing of a failure when the NixBuild is deleted before the attempt', async () => {
    const cluster = await aFailedBuild(earlier);
    cluster.onCall = ({ verb }) => {
      if (verb !== 'watch') return;
      cluster.onCall = () => undefined;
      setImmediate(() => void cluster.delete(resource.builds, { namespace: 'team', name }, {}));
    };
    const { code, out } = await runInMemory(['retry', name, '--wait'], { cluster });
    expect(code).toBe(1);
    expect(out).toMatch(/is asked for\nNixBuild \S+ was deleted; .*\n$/);
  });

  it('names the NixBuilds there are when there is none of that name', async () => {
    const cluster = await aFailedBuild();
    const { code, err } = await runInMemory(['retry', 'helo'], { cluster });
    expect(code).toBe(2);
    expect(err).toBe(`error: there is no NixBuild or Pod helo in namespace team; NixBuilds in it: ${name}\n`);
  });
});

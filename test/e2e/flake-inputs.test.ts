import { beforeAll, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aNixBuild, aPod } from './support/manifests.ts';
import { movingBranch } from './support/moving-branch.ts';
import { textFlake, textOf } from './support/text-flake.ts';
import { openWorkshop, type Workshop, workshopPassword } from './support/workshop.ts';

const cluster = await clusterUnderTest();
const tools = cluster.flakeAt('hello', '1.0.0');
const moving = movingBranch(cluster.kubectl, 'hello', 'inputs');

const tenant = await cluster.tenantOfFile('inputs');
let workshop: Workshop;

/** What the file `version` of examples/hello says, of the branch's commit. */
const version = 'builtins.replaceStrings [ "\\n" ] [ "" ] (builtins.readFile "${moving}/version")';
const movingInput = `inputs.moving = { url = "${moving.url}"; flake = false; };`;

beforeAll(async () => {
  workshop = await openWorkshop(tenant, cluster.enbiImage);
  await moving.to('1.0.0');
  await workshop.put(flakes(workshop.url));
  // The lock file is written while the branch is at 1.0.0, and is then obeyed, or not there, or knows one input of two.
  await workshop.sh('nix flake lock path:/srv/flakes/locked; cp /srv/flakes/locked/flake.lock /srv/flakes/stale/');
  await moving.to('1.1.0');
  await tenant.apply(...builds.map((name) => aBuildOf(name)), ...privateFlake(), taggedPod());
});

/** Names of a NixBuild, its flake and its image. */
const builds = ['inputs', 'locked', 'unlocked', 'stale', 'imported', 'by-name', 'implied'] as const;

function flakes(url: string): Record<string, string> {
  const words = `{ url = "${url}/words.tar.gz"; flake = false; }`;
  const flake = (inputs: string, text: string) => textFlake({ tools, inputs, text });
  return {
    'flakes/words/word': 'word',
    // Its own input cannot be reached: whoever uses it says what it follows.
    'flakes/library/flake.nix':
      '{ inputs.words.url = "http://127.0.0.1:1/none.tar.gz"; outputs = { words, ... }: { say = "lib-${builtins.readFile "${words}/word"}"; }; }',
    'flakes/inputs/flake.nix': flake(
      `inputs.words = ${words}; inputs.library = { url = "${url}/library.tar.gz"; inputs.words.follows = "words"; };`,
      'library.say',
    ),
    'flakes/locked/flake.nix': flake(movingInput, version),
    'flakes/unlocked/flake.nix': flake(movingInput, version),
    'flakes/stale/flake.nix': flake(
      `${movingInput} inputs.words = ${words};`,
      `"\${${version}}-\${builtins.readFile "\${words}/word"}"`,
    ),
    'flakes/imported/flake.nix': flake('', `textFrom "echo '\\"from-derivation\\"' > $out"`),
    'flakes/by-name/flake.nix': flake('inputs.nixpkgs.url = "nixpkgs";', '"x"'),
    'flakes/implied/flake.nix': '{ outputs = { self, nixpkgs }: { }; }',
    'flakes/secret/flake.nix': flake('', '"secret"'),
    'flakes/page-1.4_rc-2-src/flake.nix': flake('', '"tagged"'),
  };
}

const image = (name: string) => tenant.image(name, '1');
const archiveOf = (path: string) => `tarball+${workshop.url}/${path}.tar.gz`;

function aBuildOf(name: string, flakeUrl = archiveOf(name)): object {
  return aNixBuild({ name, flakeUrl, imageTag: image(name) });
}

test.concurrent.for([
  ['inputs over git and as archives, one that follows another', 'inputs', 'lib-word'],
  ['a lock file, which is obeyed', 'locked', '1.0.0'],
  ['no lock file: inputs are what they are now', 'unlocked', '1.1.0'],
  ['a lock file that lacks an input: what it has is obeyed', 'stale', '1.0.0-word'],
  ['import from derivation', 'imported', 'from-derivation'],
] as const)('a flake with %s', async ([, name, text], { expect }) => {
  const { status } = await tenant.succeeded(image(name));
  expect(textOf(status.outPath)).toBe(text);
  expect(status.built).toMatchObject({ derivations: name === 'imported' ? 4 : 3, pathsCopied: 0 });
  expect(status.lockedUrl).toMatch(/^tarball\+http:.*\?narHash=sha256-/);
});

test.concurrent.for(['by-name', 'implied'])(
  'an input that only a registry knows is refused: %s',
  async (name, { expect }) => {
    const { status } = await tenant.failed(image(name));
    expect(status.failure).toMatchObject({ stage: 'Fetch', reason: 'InvalidFlakeReference' });
    expect(status.failure.message).toContain('"nixpkgs" by registry name');
  },
);

test.concurrent('{tag} twice and within a word, with all that a tag may hold', async ({ expect }) => {
  const build = await tenant.succeeded(tenant.image('page', '1.4_rc-2'));
  expect(build.spec.flakeUrl).toBe(`tarball+${workshop.url}/releases/v1.4_rc-2/page-1.4_rc-2-src.tar.gz`);
  expect(textOf(build.status.outPath)).toBe('tagged');
  expect(await workshop.requests()).toContain('/releases/v1.4_rc-2/page-1.4_rc-2-src.tar.gz');
});

function taggedPod(): object {
  const flakeUrl = archiveOf('releases/v{tag}/page-{tag}-src');
  return aPod({ name: 'page', image: tenant.image('page', '1.4_rc-2'), flakeUrl });
}

test.concurrent('a private flake is fetched with the Secret that the Pod names', async ({ expect }) => {
  const { status } = await tenant.succeeded(image('secret'));
  expect(textOf(status.outPath)).toBe('secret');
  expect(JSON.stringify(status)).not.toContain(workshopPassword);
});

function privateFlake(): object[] {
  const netrc = `machine ${new URL(workshop.url).hostname} login enbi password ${workshopPassword}\n`;
  const pod = aPod({ name: 'secret', image: image('secret'), flakeUrl: archiveOf('private/secret') });
  const annotated = pod as { metadata: { annotations: Record<string, string> } };
  annotated.metadata.annotations['enbi.hrzn.ee/nixbuild-secretName'] = 'forge';
  return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'forge' }, stringData: { netrc } }, pod];
}

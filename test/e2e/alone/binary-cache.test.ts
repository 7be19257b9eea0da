import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconfigure } from '../../support/controller.ts';
import { type BinaryCaches, makeBinaryCaches } from '../support/binary-caches.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aNixBuild } from '../support/manifests.ts';
import { textFlake, textOf } from '../support/text-flake.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

const cluster = await clusterUnderTest();
const tools = cluster.flakeAt('hello', '1.0.0');
/** Set aside for documentation; packets to it are dropped on the nodes. */
const swallowing = '198.51.100.1';
const rule = ['FORWARD', '--destination', swallowing, '--jump', 'DROP'];

const tenant = await cluster.tenantOfFile('cached');
let workshop: Workshop;
let caches: BinaryCaches;

beforeAll(async () => {
  await cluster.onNode('iptables', '--insert', ...rule);
  workshop = await openWorkshop(tenant, cluster.enbiImage);
  await workshop.put({ 'flakes/cached/flake.nix': textFlake({ tools, text: '"cached"' }) });
  caches = await makeBinaryCaches(workshop, flakeUrl());
});
afterAll(async () => {
  // As boot.ts has them.
  await useCaches([], undefined);
  await cluster.onNode('iptables', '--delete', ...rule);
});

const flakeUrl = () => `tarball+${workshop.url}/cached.tar.gz`;

/** As an administrator sets them; builds whose Job is made after that have them. */
async function useCaches(urls: readonly string[], key: string | undefined): Promise<void> {
  const keys = key === undefined ? 'ENBI_TRUSTED_PUBLIC_KEYS-' : `ENBI_TRUSTED_PUBLIC_KEYS=${key}`;
  await reconfigure(cluster.kubectl, [`ENBI_SUBSTITUTERS=${urls.join(' ')}`, keys]);
}

/** Builds the package in a namespace of its own, whose store is empty; tells what the container `fetch` wrote, too. */
async function build(name: string) {
  const empty = await cluster.tenant(name);
  const imageTag = empty.image('cached', '1');
  await empty.apply(aNixBuild({ name: 'cached', flakeUrl: flakeUrl(), imageTag }));
  const log = await empty.waitFor('the flake is fetched', async () => {
    const [pod] = await empty.pods();
    const text = pod === undefined ? '' : await empty.log(pod, 'fetch');
    return text.includes('[enbi] fetched') ? text : undefined;
  });
  const { status } = await empty.succeeded(imageTag);
  expect(textOf(status.outPath)).toBe('cached');
  return { built: status.built, log };
}

test('what a signed binary cache has is copied, though three other caches are dead', async () => {
  const dead = [`http://${swallowing}`, workshop.silentUrl, workshop.url.replace(/\d+$/, '1')];
  await useCaches([...dead, caches.signed], caches.trustedKey);
  const { built, log } = await build('signed');
  expect(built).toMatchObject({ derivations: 0, pathsCopied: 1 });
  expect(built?.bytesCopied).toBeGreaterThan(0);
  for (const url of dead) expect(log).toContain(`[enbi] going on without the binary cache ${url}: `);
  // Once, with a patience of seconds; Nix by itself asks three times a minute each, in fetch and again in build.
  const requests = await workshop.requests();
  expect(requests.filter((request) => request === 'silent')).toHaveLength(1);
  expect(requests.filter(isArchive)).toEqual([expect.stringMatching(/^\/signed\/nar\//)]);
});

test('what no trusted key has signed is built', async () => {
  await useCaches([caches.forged, caches.unsigned], caches.trustedKey);
  const before = (await workshop.requests()).length;
  const { built } = await build('not-signed');
  expect(built).toMatchObject({ derivations: 3, pathsCopied: 0, bytesCopied: 0 });
  const requests = (await workshop.requests()).slice(before);
  for (const cache of ['forged', 'unsigned'])
    expect(requests).toContainEqual(expect.stringMatching(new RegExp(`^/${cache}/\\w+\\.narinfo$`)));
  expect(requests.filter(isArchive)).toEqual([]);
});

function isArchive(request: string): boolean {
  return request.includes('/nar/');
}

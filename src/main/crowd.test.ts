import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNode, secondsAfterNoon, someSettings } from '../../test/support/builders.ts';
import { apiVersion } from '../api/labels.ts';
import type { NixBuildStatus } from '../api/nix-build.ts';
import { resource } from '../cluster-view/resources.ts';
import { passesAtOnce } from '../runtime/controller.ts';
import { settle } from '../runtime/fake-clock.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { type MemoryControllers, memoryControllers } from './memory-controllers.ts';

const crowd = 1500;

/** Whose writes take a turn of the event loop: so passes are under way together. */
class SlowKube extends MemoryKubeClient {
  override async patch(...given: Parameters<MemoryKubeClient['patch']>): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    return super.patch(...given);
  }
}

let made: MemoryControllers;

beforeEach(() => {
  made = memoryControllers(someSettings(), new SlowKube());
  const { client, stores } = made;
  stores.nodes.observeWrite(client.put(resource.nodes, theNode()));
  for (const name of ['crowd', 'victim']) {
    stores.namespaces.observeWrite(client.put(resource.namespaces, { metadata: { name } }));
  }
});
afterEach(() => made.stop.abort());

function theNode(): object {
  const { architecture, os, runtime } = aNode();
  const nodeInfo = { architecture, operatingSystem: os, containerRuntimeVersion: runtime };
  return { metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo } };
}

function put(namespace: string, name: string, status: NixBuildStatus = {}): void {
  const { client, stores } = made;
  const metadata = { namespace, name, creationTimestamp: secondsAfterNoon(client.calls.length).toISOString() };
  const flakeUrl = `git+https://git.example/${name}`;
  const spec = { flakeUrl, packageName: 'default', system: 'x86_64-linux', imageTag: `git.example/demo/app:${name}` };
  stores.builds.observeWrite(client.put(resource.builds, { apiVersion, kind: 'NixBuild', metadata, spec, status }));
}

function statusOf(key: string): string | undefined {
  return made.stores.builds.get(key)?.status.status;
}

function patches(): number {
  return made.client.writes.filter((write) => write.startsWith('patch NixBuild')).length;
}

describe('beside a namespace with 1,500 NixBuilds', () => {
  it('another’s build is looked at, and has its slot, in its turn', async () => {
    const { clock, controllers, stop, stores } = made;
    for (let index = 0; index < crowd; index++) put('crowd', `b${index}`);
    void controllers.builds.run(stop.signal);
    await settle();
    const before = patches();
    put('victim', 'mine');
    for (let turn = 0; turn < 20 && statusOf('victim/mine') === undefined; turn++) await clock.advance(100);
    expect(statusOf('victim/mine')).toBe('Pending');
    expect(stores.builds.get('victim/mine')?.status.buildNode).toBe('n1');
    expect(patches() - before).toBeLessThan(10 * passesAtOnce);
  });
});

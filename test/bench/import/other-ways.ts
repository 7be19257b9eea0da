import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContainerd } from '../../support/containerd.ts';
import { ensureDebianPackages } from '../rollout/debian-packages.ts';
import { startRegistry } from '../rollout/start-registry.ts';
import { benchRepository } from './bench-image.ts';
import { measure } from './measure.ts';
import { openPodRoot } from './pod-root.ts';
import type { Surroundings, Way } from './ways.ts';

/** `ctr images import` of the archive: by containerd itself, or by ctr (`--local`). Nothing is unpacked, as with enbi. */
export function ctrWay(flags: readonly string[], daemon: TestContainerd, { image, bin }: Surroundings): Way {
  const ctr = ctrCommand(daemon, bin);
  return {
    name: ['ctr images import', ...flags].join(' '),
    bring(version) {
      const archive = image.outputs[version].archive.replace('/nix/store', image.store);
      return measure(daemon, [[...ctr, 'images', 'import', '--no-unpack', ...flags, archive]]);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What people do with a stream script. */
export async function pipeWay(daemon: TestContainerd, { image, bin }: Surroundings): Promise<Way> {
  const root = await openPodRoot({ store: image.store });
  const ctr = [...ctrCommand(daemon, bin), 'images', 'import', '--no-unpack', '--local', '-'];
  return {
    name: 'stream script | ctr images import --local',
    bring(version) {
      const script = [...root.command, image.outputs[version].stream];
      const pipe = ['/bin/bash', '-o', 'pipefail', '-c', `${script.join(' ')} | ${ctr.join(' ')}`];
      return measure(daemon, [pipe]);
    },
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

/** The registry is on the loopback and its disk is this machine's: the best case of a registry. ctr's pull also unpacks. */
export async function registryWay(daemon: TestContainerd, { image, bin, report }: Surroundings): Promise<Way> {
  await ensureDebianPackages({ skopeo: '/usr/bin/skopeo', 'docker-registry': '/usr/bin/docker-registry' }, report);
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-registry-'));
  const start = async () => {
    await mkdir(join(scratch, 'registry'), { recursive: true });
    return await startRegistry(['/usr/bin/env'], join(scratch, 'registry'));
  };
  let registry = await start();
  const ctr = ctrCommand(daemon, bin);
  return {
    name: 'skopeo copy to a registry + ctr images pull',
    bring(version) {
      const archive = image.outputs[version].archive.replace('/nix/store', image.store);
      const name = `${benchRepository}:${version}`;
      const push = ['skopeo', 'copy', '--quiet', '--insecure-policy', '--dest-tls-verify=false'];
      return measure(daemon, [
        [...push, `docker-archive:${archive}`, `docker://${name}`],
        [...ctr, 'images', 'pull', '--plain-http', name],
      ]);
    },
    async forget() {
      await registry[Symbol.asyncDispose]();
      await rm(join(scratch, 'registry'), { recursive: true });
      registry = await start();
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true });
    },
  };
}

export function ctrCommand({ socket }: TestContainerd, bin: string): string[] {
  return [join(bin, 'ctr'), `--address=${socket}`, '--namespace=k8s.io'];
}

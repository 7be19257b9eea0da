import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContainerd } from '../../support/containerd.ts';
import { ensureDebianPackages } from '../rollout/debian-packages.ts';
import type { Version } from './closure.ts';
import { enbiWay } from './enbi-way.ts';
import { openPodRoot } from './pod-root.ts';
import type { Surroundings, Way } from './ways.ts';

/**
 * What `buildLayeredImage` costs where its archive is built: the script, packed as nixpkgs has it packed, then the import. Without Nix,
 * which builds an archive once. Where it is not built, its cost is the stream script's.
 */
export async function builtWay(daemon: TestContainerd, around: Surroundings & { program: string }): Promise<Way> {
  await ensureDebianPackages({ pigz: '/usr/bin/pigz' }, around.report);
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-archive-'));
  const root = await openPodRoot({ store: around.image.store });
  const command = (version: Version) => {
    const script = [...root.command, around.image.outputs[version].stream].join(' ');
    return [
      '/bin/bash',
      '-o',
      'pipefail',
      '-c',
      `${script} | pigz -p${availableParallelism()} -nTR > ${scratch}/archive`,
    ];
  };
  let built: Version | undefined;
  const way = await enbiWay('gzip', daemon, {
    ...around,
    name: 'buildLayeredImage as it is: stream script | pigz, enbi',
    beforehand: (version) => (version === built ? [] : [command(version)]),
  });
  return {
    name: way.name,
    async forget() {
      built = undefined;
      await way.forget?.();
    },
    async bring(version) {
      const cost = await way.bring(version);
      built = version;
      return cost;
    },
    async [Symbol.asyncDispose]() {
      await way[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true });
    },
  };
}

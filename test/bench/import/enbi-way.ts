import { readdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ImportOrder } from '../../../src/api/order.ts';
import type { TestContainerd } from '../../support/containerd.ts';
import { anOwner } from '../../support/import-pod.ts';
import { benchRepository, type Format } from './bench-image.ts';
import type { Version } from './closure.ts';
import { measure } from './measure.ts';
import { ctrCommand } from './other-ways.ts';
import { openPodRoot } from './pod-root.ts';
import type { Surroundings, Way } from './ways.ts';

/** The import, and the first container: unpacked by the import, or by whoever makes the container, as the kubelet's side does it. */
export async function containerWay(
  { format, unpack }: { readonly format: Format; readonly unpack: boolean },
  daemon: TestContainerd,
  around: Surroundings & { program: string },
): Promise<Way> {
  const ctr = [...ctrCommand(daemon, around.bin), 'containers'];
  return await enbiWay(format, daemon, {
    ...around,
    name: `${format}, unpacked ${unpack ? 'by the import' : 'for the container'}`,
    more: unpack ? { unpackInto: 'overlayfs' } : {},
    afterwards: (name) => [...ctr, 'create', '--snapshotter=overlayfs', name, 'bench'],
    cleanUp: async () => void (await daemon.ctr('containers', 'delete', 'bench')),
  });
}

interface Variant {
  readonly name?: string;
  /** Of the order. */
  readonly more?: object;
  /** Commands that are measured before the import. */
  readonly beforehand?: (version: Version) => readonly (readonly string[])[];
  /** Another command that is measured, with the image. */
  readonly afterwards?: (imageName: string) => readonly string[];
  readonly cleanUp?: () => Promise<void>;
}

/** The program as the image ships it, in a Pod's place. */
export async function enbiWay(
  format: Format,
  daemon: TestContainerd,
  { image, program, name, more, beforehand, afterwards, cleanUp }: Surroundings & Variant & { program: string },
): Promise<Way> {
  const socketFolder = dirname(daemon.socket);
  const root = await openPodRoot({ store: image.store, socketFolder, program, node: dirname(process.execPath) });
  const enbi = (command: string) => [...root.command, '/opt/node/node', '/opt/enbi/enbi.mjs', command];
  return {
    name: name ?? `enbi, ${format}`,
    async forget() {
      const memory = join(root.enbi, 'memory');
      for (const name of await readdir(memory)) await unlink(join(memory, name));
    },
    async bring(version) {
      const order = ImportOrder.parse({
        id: 'bench-1',
        outPath: image.outputs[version][format],
        imageName: `${benchRepository}:${version}`,
        system: process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux',
        owner: anOwner,
        script: format === 'stream',
        ...more,
      });
      await writeFile(join(root.enbi, 'order/order.json'), JSON.stringify(order));
      const commands = [...(beforehand?.(version) ?? []), enbi('import')];
      const last = afterwards === undefined ? [] : [afterwards(order.imageName)];
      const cost = await measure(daemon, [...commands, ...last], insideSeconds);
      await cleanUp?.();
      return cost;
    },
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

function insideSeconds(output: string): number | undefined {
  const said = / layers sent in (\d+\.\d+) s$/m.exec(output)?.[1];
  return said === undefined ? undefined : Number(said);
}

import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AgentImport } from '../../../src/api/agent-order.ts';
import type { TestContainerd } from '../../support/containerd.ts';
import { anOwner } from '../../support/import-pod.ts';
import { benchRepository, type Format } from './bench-image.ts';
import type { Version } from './closure.ts';
import { measure } from './measure.ts';
import { measureOrder } from './measure-order.ts';
import { ctrCommand } from './other-ways.ts';
import { PodAgent } from './pod-agent.ts';
import { openPodRoot, tenant } from './pod-root.ts';
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

/** An agent as the image ships it, in a Pod's place. */
export async function enbiWay(
  format: Format,
  daemon: TestContainerd,
  { image, program, name, more, beforehand, afterwards, cleanUp }: Surroundings & Variant & { program: string },
): Promise<Way> {
  const socketFolder = dirname(daemon.socket);
  await using opened = new AsyncDisposableStack();
  const root = opened.use(
    await openPodRoot({ store: image.store, socketFolder, program, node: dirname(process.execPath) }),
  );
  const socket = join('/host/run/containerd', basename(daemon.socket));
  const agent = opened.use(new PodAgent(root, socket));
  const all = opened.move();
  return {
    name: name ?? `enbi, ${format}`,
    async forget() {
      const learnt = join(root.enbi, 'imports');
      for (const name of await readdir(learnt)) await rm(join(learnt, name), { recursive: true });
    },
    async bring(version) {
      const order = AgentImport.parse({
        store: { tenant },
        seconds: 600,
        socket,
        outPath: image.outputs[version][format],
        imageName: `${benchRepository}:${version}`,
        system: process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux',
        owner: anOwner,
        script: format === 'stream',
        ...more,
      });
      const steps = [...(beforehand?.(version) ?? []), () => measureOrder(agent, order)];
      const last = afterwards === undefined ? [] : [afterwards(order.imageName)];
      const cost = await measure(daemon, [...steps, ...last], insideSeconds);
      await cleanUp?.();
      return cost;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function insideSeconds(output: string): number | undefined {
  const said = / layers sent in (\d+\.\d+) s$/m.exec(output)?.[1];
  return said === undefined ? undefined : Number(said);
}

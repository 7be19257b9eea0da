import { resource } from '../../src/cluster-view/resources.ts';
import { MemoryCluster, runInMemory } from '../../src/plugin/memory-plugin.ts';
import { someSettings } from '../support/builders.ts';
import { specOf, statusOf } from './of-explain.ts';
import { flakeUrl, image, names, type Printed, sentence } from './printed.ts';

/** What `build`, `retry` and `logs` say at their end: how to go on. */
export async function printedByCommands(): Promise<readonly Printed[]> {
  const build = ['build', flakeUrl, '--image', image, '--system', 'x86_64-linux'];
  const stopped = AbortSignal.abort();
  const ran = [
    run([...build, '--no-follow']),
    run(build),
    run(['retry', names.build]),
    run(['logs', '--follow', names.build], 'Building', stopped),
    run(build, 'Building', stopped),
  ];
  return (await Promise.all(ran)).map(({ out, err }) => sentence(`${out}${err}`));
}

async function run(args: readonly string[], phase = 'Failed', signal = new AbortController().signal) {
  const cluster = new MemoryCluster();
  const metadata = { name: names.build, namespace: names.namespace, uid: 'u' };
  cluster.put(resource.builds, { metadata, spec: specOf(flakeUrl), status: statusOf('BuilderFailed', phase) });
  const flags = ['--namespace', names.namespace];
  return await runInMemory([...args, ...flags], { cluster, signal, settingsFrom: () => someSettings() });
}

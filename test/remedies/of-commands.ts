import { resource } from '../../src/cluster-view/resources.ts';
import { PolicyError } from '../../src/errors.ts';
import { MemoryCluster, runInMemory } from '../../src/plugin/memory-plugin.ts';
import { someSettings } from '../support/builders.ts';
import { specOf, statusOf } from './of-explain.ts';
import { flakeUrl, image, names, type Printed, sentence } from './printed.ts';

/** What `build`, `retry` and `logs` say: how to go on. */
export async function printedByCommands(): Promise<readonly Printed[]> {
  const build = ['build', flakeUrl, '--image', image, '--system', 'x86_64-linux'];
  const stopped = AbortSignal.abort();
  const ran = [
    run([...build, '--no-follow']),
    run(build),
    run(['retry', names.build]),
    run(['logs', '--follow', names.build], 'Building', stopped),
    run(build, 'Building', stopped),
    logsOfTenant(),
  ];
  return (await Promise.all(ran)).map(({ out, err }) => sentence(`${out}${err}`));
}

/** Of an import, whose log tenants may not read. */
async function logsOfTenant() {
  const status = { ...statusOf('NameConflict'), stageTimes: { importStarted: '2026-11-23T12:00:00Z' } };
  const cluster = aCluster(status);
  cluster.onCall = ({ verb, key }) => {
    if (verb === 'list' && key === 'enbi') throw new PolicyError('Forbidden', 'no');
  };
  return await runInMemory(['logs', names.build, '--namespace', names.namespace], { cluster });
}

async function run(args: readonly string[], phase = 'Failed', signal = new AbortController().signal) {
  const cluster = aCluster(statusOf('BuilderFailed', phase));
  const flags = ['--namespace', names.namespace];
  return await runInMemory([...args, ...flags], { cluster, signal, settingsFrom: () => someSettings() });
}

function aCluster(status: object): MemoryCluster {
  const cluster = new MemoryCluster();
  const metadata = { name: names.build, namespace: names.namespace, uid: 'u' };
  cluster.put(resource.builds, { metadata, spec: specOf(flakeUrl), status });
  return cluster;
}

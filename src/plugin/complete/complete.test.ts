import { describe, expect, it } from 'vitest';
import { resource } from '../../cluster-view/resources.ts';
import { exitCodes } from '../exit-codes.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';
import type { ConnectionOptions, PluginPorts } from '../ports.ts';
import { completionVerb } from './words.ts';

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };

function aCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  const named = (name: string, namespace = 'team') => ({ metadata: { name, namespace } });
  for (const name of ['web-1', 'api-1']) cluster.put(resource.builds, named(name));
  cluster.put(resource.builds, named('other-1', 'other'));
  cluster.put(resource.pods, named('web-x2x9k'));
  cluster.put(deployments, named('web'));
  for (const name of ['team', 'other']) cluster.put(resource.namespaces, { metadata: { name } });
  return cluster;
}

interface Completed {
  readonly words: readonly string[];
  readonly end: string;
}

async function completed(line: string, connect?: PluginPorts['connect']): Promise<Completed> {
  const args = [completionVerb, ...line.split(' ')];
  const { code, out, err } = await runInMemory(args, { cluster: aCluster(), ...(connect ? { connect } : {}) });
  expect({ code, err }).toEqual({ code: exitCodes.ok, err: '' });
  const lines = out.trimEnd().split('\n');
  return { words: lines.slice(0, -1).map((text) => text.split('\t')[0] ?? ''), end: lines.at(-1) ?? '' };
}

const kinds = ['nixbuild', 'pod', 'deployment', 'statefulset', 'daemonset', 'replicaset', 'job', 'cronjob'];

describe('a line that somebody is writing', () => {
  it.each<[line: string, words: readonly string[]]>([
    ['', ['build', 'explain', 'logs', 'retry', 'cancel', 'doctor']],
    ['e', ['explain']],
    ['--namespace team r', ['retry']],
    ['explain ', [...kinds, 'api-1', 'web-1']],
    ['explain w', ['web-1']],
    ['explain pod/', ['pod/web-x2x9k']],
    ['explain deploy/w', ['deploy/web']],
    ['logs --follow nb ', ['api-1', 'web-1']],
    ['retry Deployment ', ['web']],
    ['retry nb web-1 ', []],
    ['retry nb/web-1 ', []],
    ['cancel secret/', []],
    ['doctor ', []],
    ['nonsense ', ['build', 'explain', 'logs', 'retry', 'cancel', 'doctor']],
    ['explain --namespace other ', [...kinds, 'other-1']],
    ['-n other explain nb/', ['nb/other-1']],
    ['explain --namespace=other nb/', ['nb/other-1']],
    ['explain --namespace ', ['other', 'team']],
    ['explain --namespace=t', ['--namespace=team']],
    ['explain --output ', ['text', 'json', 'yaml']],
    ['explain --output=j', ['--output=json']],
    ['explain --verb', ['--verbose']],
    ['explain --verbose nb/w', ['nb/web-1']],
    ['--cont', ['--context']],
    ['--unknown ex', ['explain']],
    ['explain --output xml nb/w', ['nb/web-1']],
    ['explain --output=xml nb/w', ['nb/web-1']],
  ])('goes on with what may stand there: "%s"', async (line, words) => {
    const { words: found, end } = await completed(line);
    expect({ found: found.toSorted(), end }).toEqual({ found: words.toSorted(), end: ':4' });
  });

  it('goes on with a file where one is meant', async () => {
    expect(await completed('--kubeconfig ')).toEqual({ words: [], end: ':0' });
  });

  it('asks the cluster that its flags say, and only for names', async () => {
    const seen: ConnectionOptions[] = [];
    const connect = (options: ConnectionOptions) => {
      seen.push(options);
      return Promise.reject(new Error('seen enough'));
    };
    for (const line of ['--context=here explain --as-group a --as-group b nb/', 'expl', '--context here --na'])
      await completed(line, connect);
    expect(seen).toEqual([expect.objectContaining({ context: 'here', asGroup: ['a', 'b'] })]);
  });

  it('gets no word from the cluster that a shell would take for more than one', async () => {
    const cluster = new MemoryCluster();
    cluster.put(resource.builds, { metadata: { name: 'a$(id) \n:1', namespace: 'team' } });
    const { out } = await runInMemory([completionVerb, 'explain', 'nb/'], { cluster });
    expect(out).toBe(':4\n');
  });

  it('says nothing of a cluster that refuses, and waits for none that never answers', async () => {
    const refused = { words: kinds, end: ':4' };
    expect(await completed('explain ', () => Promise.reject(new Error('no')))).toEqual(refused);
    expect(await completed('explain ', () => new Promise(() => undefined))).toEqual(refused);
  });
});

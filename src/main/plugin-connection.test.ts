import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAsKubectl } from './plugin-connection.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'enbi-home-'));
  await mkdir(join(home, '.kube'));
});
afterEach(() => rm(home, { recursive: true }));

async function write(path: string, server: string, namespace?: string): Promise<string> {
  const config = {
    'current-context': 'here',
    contexts: [
      { name: 'here', context: { cluster: 'here', namespace } },
      { name: 'other', context: { cluster: 'here', namespace: 'other' } },
    ],
    clusters: [{ name: 'here', cluster: { server } }],
  };
  await writeFile(join(home, path), JSON.stringify(config));
  return join(home, path);
}

async function connect(options: object, environment: Readonly<Record<string, string>> = {}) {
  const { server, namespace } = await connectAsKubectl(options, {
    environment: { HOME: home, ...environment },
    interactive: false,
    version: '0.1.0',
  });
  return { server, namespace };
}

describe('the cluster is found as kubectl finds it', () => {
  it('in ~/.kube/config, then in KUBECONFIG, then by the flag', async () => {
    await write('.kube/config', 'https://home', 'team');
    const [listed, flagged] = [await write('listed', 'https://listed'), await write('flagged', 'https://flagged')];
    const environment = { KUBECONFIG: ['', join(home, 'missing'), listed].join(delimiter) };
    expect(await connect({})).toEqual({ server: 'https://home/', namespace: 'team' });
    expect(await connect({}, environment)).toEqual({ server: 'https://listed/', namespace: 'default' });
    expect(await connect({ kubeconfig: flagged }, environment)).toMatchObject({ server: 'https://flagged/' });
  });

  it('with the namespace of the context that is chosen, or of the flag', async () => {
    await write('.kube/config', 'https://home', 'team');
    expect(await connect({ context: 'other' })).toMatchObject({ namespace: 'other' });
    expect(await connect({ context: 'other', namespace: 'mine' })).toMatchObject({ namespace: 'mine' });
    await expect(connect({ namespace: '../etc' })).rejects.toThrow('is no name of a namespace');
    await expect(connect({ context: 'none' })).rejects.toThrow('has no context none');
  });

  it('nowhere is said so', async () => {
    await expect(connect({})).rejects.toThrow('there is no kubeconfig at');
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildPlugin } from '../../../tools/plugin.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';

export interface PluginRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl, which finds the real bundle in PATH. */
export interface Plugin extends AsyncDisposable {
  /** `kubectl enbi …` in a namespace. */
  run(namespace: string, ...args: readonly string[]): Promise<PluginRun>;
}

export async function installPlugin({ kubectlPath, kubeconfig }: ClusterUnderTest): Promise<Plugin> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-plugin-'));
  await buildPlugin(folder);
  const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache') };
  return {
    run: (namespace, ...args) =>
      new Promise((resolve) => {
        execFile(kubectlPath, ['enbi', '--namespace', namespace, ...args], { env }, (error, out, err) => {
          const code = error === null ? 0 : Number(error.code ?? -1);
          resolve({ code, out, err });
        });
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

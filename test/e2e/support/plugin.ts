import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildPlugin } from '../../../tools/plugin.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';

export interface PluginRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `kubectl enbi …` in a namespace. */
export type RunPlugin = (namespace: string, ...args: readonly string[]) => Promise<PluginRun>;

/** The real kubectl, which finds the real bundle in PATH. */
export interface Plugin extends AsyncDisposable {
  readonly run: RunPlugin;
  /** Ctrl-C as soon as it has printed a text. */
  interrupt(text: string, ...run: Parameters<RunPlugin>): Promise<PluginRun>;
  /** The same as a service account of a namespace, whose token a credential plugin gives out, as the clouds do it. */
  as(namespace: string, serviceAccount: string): Promise<RunPlugin>;
}

type Reached = Pick<ClusterUnderTest, 'kubectlPath' | 'kubeconfig' | 'kubectl'>;

export async function installPlugin({ kubectlPath, kubeconfig, kubectl }: Reached): Promise<Plugin> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-plugin-'));
  await buildPlugin(folder);
  const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
  const environmentWith = (files: readonly string[]) => {
    const kubeconfigs = { KUBECONFIG: files.join(delimiter), KUBECACHEDIR: join(folder, 'cache') };
    return { ...process.env, PATH: path, ...kubeconfigs };
  };
  const start = (files: readonly string[], args: readonly string[], onStart?: (child: ChildProcess) => void) =>
    new Promise<PluginRun>((resolve) => {
      const child = execFile(kubectlPath, ['enbi', ...args], { env: environmentWith(files) }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
      });
      onStart?.(child);
    });
  const runWith =
    (files: readonly string[]): RunPlugin =>
    (namespace, ...args) =>
      start(files, ['--namespace', namespace, ...args]);
  return {
    run: runWith([kubeconfig]),
    interrupt: (text, namespace, ...args) =>
      start([kubeconfig], ['--namespace', namespace, ...args], (child) => {
        let seen = '';
        child.stdout?.on('data', (more: string) => {
          const before = seen.includes(text);
          seen += more;
          if (!before && seen.includes(text)) child.kill('SIGINT');
        });
      }),
    as: async (namespace, name) => {
      const token = await kubectl(['--namespace', namespace, 'create', 'token', name]);
      return runWith([await tokenKubeconfig(folder, `${namespace}-${name}`, token.trim()), kubeconfig]);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** A file that knows a user and a context; the cluster is in the next one. */
async function tokenKubeconfig(folder: string, name: string, token: string): Promise<string> {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
  const exec = { apiVersion, command: 'echo', args: [credential], interactiveMode: 'Never' };
  const config = {
    users: [{ name, user: { exec } }],
    contexts: [{ name, context: { cluster: 'enbi', user: name } }],
    'current-context': name,
  };
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify(config));
  return file;
}

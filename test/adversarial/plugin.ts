import { installPlugin, type Plugin, type PluginRun } from '../e2e/support/plugin.ts';
import type { Kubectl } from '../support/git-server.ts';

/** `kubectl enbi …` of an administrator in a namespace; bundled when it is first used. */
export function pluginIn(namespace: string, cluster: { kubectlPath: string; kubeconfig: string; kubectl: Kubectl }) {
  let plugin: Promise<Plugin> | undefined;
  return {
    run: async (...args: readonly string[]): Promise<PluginRun> => {
      plugin ??= installPlugin(cluster);
      return await (await plugin).run(namespace, ...args);
    },
    [Symbol.asyncDispose]: async () => await (await plugin)?.[Symbol.asyncDispose](),
  };
}

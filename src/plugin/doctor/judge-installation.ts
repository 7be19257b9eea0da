import type { Facts } from './facts.ts';
import { byCommand, type Finding, notAllowed } from './finding.ts';

/** Minor version of the oldest Kubernetes that enbi is tried on. */
const oldestMinor = 34;

export function judgeServer({ server, kubernetes }: Facts): Finding {
  const check = 'API server';
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(kubernetes) ?? [];
  const message = `Kubernetes ${kubernetes} at ${server}`;
  if (major === '') return { health: 'WARN', check, message: `${message}: its version cannot be read` };
  if (Number(major) > 1 || Number(minor) >= oldestMinor) return { health: 'OK', check, message };
  const remedy = `enbi is tried with 1.${oldestMinor} and later: bring the cluster up to date`;
  return { health: 'FAIL', check, message: `${message} is too old`, remedy };
}

export function judgeDefinitions({ definitions, controller, kubectl }: Facts): readonly Finding[] {
  const command = applied(kubectl, 'deploy/crds.yaml');
  return definitions.map(({ name, state }): Finding => {
    const check = 'definitions';
    switch (state) {
      case 'current':
        return { health: 'OK', check, about: name, message: 'installed, as this version has it' };
      case 'forbidden':
        return notAllowed(check, 'look at CustomResourceDefinitions', name);
      case 'missing':
        return {
          health: 'FAIL',
          check,
          about: name,
          message: 'not installed',
          // Without a controller the definitions alone help nobody.
          ...(controller === undefined
            ? { remedy: 'install enbi: see "install" in its documentation' }
            : byCommand(command, inCheckout)),
        };
      case 'another version': {
        const message = 'not as this version of the plugin has it';
        const why = `use the plugin of the controller's version, and bring the definitions to it; ${inCheckout}`;
        return { health: 'WARN', check, about: name, message, ...byCommand(command, why) };
      }
      default:
        throw state satisfies never;
    }
  });
}

/** Whoever has the plugin alone has no such file. */
export const inCheckout = "upgrade the chart, or in a checkout of the controller's version";

/** As whoever installs it, whatever is there. */
export function applied(kubectl: string, file: string): string {
  return `${kubectl} apply --server-side --filename ${file}`;
}

export function judgeController({ controller, enbiNamespace, pluginVersion, kubectl }: Facts): Finding {
  const check = 'controller';
  if (controller === 'forbidden') return notAllowed(check, `see Deployments in namespace ${enbiNamespace}`);
  if (controller === undefined) {
    const remedy = 'install enbi (see "install" in its documentation), or say where it is with --enbi-namespace';
    return { health: 'FAIL', check, message: `there is none in namespace ${enbiNamespace}`, remedy };
  }
  const { name, image, wanted, available, refused } = controller;
  const found = { check, about: `${enbiNamespace}/${name}` } as const;
  const look = byCommand(`${kubectl} --namespace ${enbiNamespace} describe deployment ${name}`);
  if (refused !== '') return { ...found, health: 'FAIL', message: `a Pod of it cannot be made: ${refused}`, ...look };
  if (wanted === 0 || available < wanted) {
    const health = available === 0 || wanted === 0 ? 'FAIL' : 'WARN';
    return { ...found, health, message: `${available} of ${wanted} replicas are available`, ...look };
  }
  if (!image.split('@')[0]?.endsWith(`:${pluginVersion}`)) {
    const message = `available, with ${image}; this plugin is ${pluginVersion}`;
    return { ...found, health: 'WARN', message, remedy: "use the plugin of the controller's version" };
  }
  return { ...found, health: 'OK', message: `available, with ${image}` };
}

export function judgePermissions({ permissions, kubectl }: Facts): readonly Finding[] {
  const check = 'permissions';
  if (permissions === undefined) return [];
  if (permissions === 'forbidden') return [notAllowed(check, "ask what the controller's service account may do")];
  const { asked, lacking, readsLogs } = permissions;
  const message =
    'the controller may not read logs: builds go on, each stage is seen to have ended up to a second later, status.progress names the stage alone, and each image takes an agent of its own';
  const logs: readonly Finding[] = readsLogs ? [] : [{ health: 'NOTE', check, message }];
  if (lacking.length === 0)
    return [{ health: 'OK', check, message: `all ${asked} that the controller needs` }, ...logs];
  const remedy = byCommand(applied(kubectl, 'deploy/rbac.yaml'), inCheckout);
  return [{ health: 'FAIL', check, message: `the controller may not ${lacking.join(', ')}`, ...remedy }, ...logs];
}

import type { Facts } from './facts.ts';
import { type Finding, notAllowed } from './finding.ts';

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

export function judgeDefinitions({ definitions, controller }: Facts): readonly Finding[] {
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
          remedy:
            controller === undefined
              ? 'install enbi: see "install" in its documentation'
              : 'kubectl apply --filename deploy/crds.yaml',
        };
      case 'another version': {
        const remedy = 'apply deploy/crds.yaml of the version that the controller has, and use its plugin';
        return { health: 'WARN', check, about: name, message: 'not as this version of the plugin has it', remedy };
      }
      default:
        throw state satisfies never;
    }
  });
}

export function judgeController({ controller, enbiNamespace, pluginVersion }: Facts): Finding {
  const check = 'controller';
  if (controller === 'forbidden') return notAllowed(check, `see Deployments in namespace ${enbiNamespace}`);
  if (controller === undefined) {
    const remedy = 'install enbi (see "install" in its documentation), or say where it is with --enbi-namespace';
    return { health: 'FAIL', check, message: `there is none in namespace ${enbiNamespace}`, remedy };
  }
  const { name, image, wanted, available, refused } = controller;
  const found = { check, about: `${enbiNamespace}/${name}` } as const;
  const remedy = `kubectl --namespace ${enbiNamespace} describe deployment ${name}`;
  if (refused !== '') return { ...found, health: 'FAIL', message: `a Pod of it cannot be made: ${refused}`, remedy };
  if (wanted === 0 || available < wanted) {
    const health = available === 0 || wanted === 0 ? 'FAIL' : 'WARN';
    return { ...found, health, message: `${available} of ${wanted} replicas are available`, remedy };
  }
  if (!image.split('@')[0]?.endsWith(`:${pluginVersion}`)) {
    const message = `available, with ${image}; this plugin is ${pluginVersion}`;
    return { ...found, health: 'WARN', message, remedy: "use the plugin of the controller's version" };
  }
  return { ...found, health: 'OK', message: `available, with ${image}` };
}

export function judgePermissions({ permissions }: Facts): readonly Finding[] {
  const check = 'permissions';
  if (permissions === undefined) return [];
  if (permissions === 'forbidden') return [notAllowed(check, "ask what the controller's service account may do")];
  const { asked, lacking, readsLogs } = permissions;
  const message = 'the controller may not read logs: builds go on as ever, and status.progress names the stage alone';
  const logs: readonly Finding[] = readsLogs ? [] : [{ health: 'NOTE', check, message }];
  if (lacking.length === 0)
    return [{ health: 'OK', check, message: `all ${asked} that the controller needs` }, ...logs];
  const remedy = 'apply deploy/rbac.yaml (or upgrade the chart)';
  return [{ health: 'FAIL', check, message: `the controller may not ${lacking.join(', ')}`, remedy }, ...logs];
}

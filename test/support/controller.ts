import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from './git-server.ts';

const inEnbi = '--namespace=enbi';
const deployment = [inEnbi, 'deployment/enbi-controller'];

/** Another environment (`NAME=value`, `NAME-`) makes other Pods of the controller, as another version of enbi would. */
export async function reconfigure(kubectl: Kubectl, environment: readonly string[]): Promise<void> {
  await kubectl(['set', 'env', ...deployment, ...environment]);
  await kubectl(['rollout', 'status', '--timeout=180s', ...deployment]);
  await controllerHasChanged(kubectl);
}

/** Ends all controllers: what happens until they are started they have not seen. They will have this environment. */
export async function stopControllers(kubectl: Kubectl, environment: readonly string[]): Promise<void> {
  await kubectl(['scale', '--replicas=0', ...deployment]);
  await kubectl(['set', 'env', ...deployment, ...environment]);
  await kubectl([inEnbi, 'wait', '--for=delete', '--timeout=60s', 'pod', '--selector=app.kubernetes.io/name=enbi']);
}

export async function startControllers(kubectl: Kubectl): Promise<void> {
  await kubectl(['scale', '--replicas=2', ...deployment]);
}

/** The Pod whose controller works; undefined while none does. */
export async function leaderOf(kubectl: Kubectl): Promise<string | undefined> {
  const holder = 'jsonpath={.spec.holderIdentity}';
  const name = await kubectl([inEnbi, 'get', 'lease', 'enbi-controller', '-o', holder]);
  return name === '' ? undefined : name;
}

/** `rollout status` does not wait for the old Pods to end, and one of them may work until it does. */
export async function controllerHasChanged(kubectl: Kubectl): Promise<void> {
  const wanted = Number(await kubectl(['get', ...deployment, '-o', 'jsonpath={.spec.replicas}']));
  for (let tries = 0; ; tries++) {
    const listed = await kubectl([inEnbi, 'get', 'pods', '--selector=app.kubernetes.io/name=enbi', '-o', 'name']);
    const pods = listed.split('\n').filter((line) => line !== '');
    const leader = await leaderOf(kubectl);
    if (pods.length === wanted && pods.includes(`pod/${leader}`)) return;
    if (tries === 240) throw new Error(`${leader} leads among ${pods.join(', ')}`);
    await sleep(250);
  }
}

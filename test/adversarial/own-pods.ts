import { aPod, confined } from '../e2e/support/manifests.ts';
import { isReady } from '../support/objects.ts';
import type { Session } from './session.ts';

/** A Pod of the attacker's with enbi's image, for its tools, that runs until the end; gives its address. */
async function run(session: Session, name: string, { command, ...pod }: PodWishes): Promise<string> {
  const { attacker, admin, enbiImage: image } = session;
  const { volumeMounts = [], readinessProbe, ...more } = pod;
  const container = { name, image, command, ...confined, volumeMounts, readinessProbe };
  await attacker.create(aPod({ name, image, pod: { containers: [container], ...more } }));
  return await session.waitFor(`Pod ${name} runs`, async () => {
    const found = (await admin.lists.pods(attacker.namespace)).find(({ metadata }) => metadata.name === name);
    return found !== undefined && isReady(found) ? found.status.podIP : undefined;
  });
}

interface PodWishes {
  readonly command: readonly string[];
  readonly volumeMounts?: readonly object[];
  readonly volumes?: readonly object[];
  readonly readinessProbe?: object;
  readonly nodeSelector?: object;
}

/** A server on port 8080 that a program of Node's is. */
export function serve(session: Session, name: string, program: string): Promise<string> {
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  return run(session, name, { command: ['node', '-e', program], readinessProbe });
}

/** A Pod that has the attacker's own store of a node mounted at /store; what is done in it goes by `inPod`. */
export async function mountOwnStore(session: Session, name: string, node: string | undefined): Promise<void> {
  const claims = await session.attacker.kubectl(['get', 'persistentvolumeclaims', '--output=name']);
  const [claimName] = claims.split('\n').map((line) => line.replace(/^[^/]*\//, ''));
  await run(session, name, {
    command: ['sleep', '3600'],
    volumeMounts: [{ name: 'store', mountPath: '/store' }],
    nodeSelector: { 'kubernetes.io/hostname': node },
    volumes: [{ name: 'store', persistentVolumeClaim: { claimName } }],
  });
}

/** Runs a script in one of the attacker's Pods; gives what it prints. */
export function inPod(session: Session, name: string, script: string): Promise<string> {
  return session.attacker.kubectl(['exec', name, '--', '/bin/sh', '-c', script]);
}

/** A line of such a script that leaves a socket at a path; on a busy node it takes seconds until it is there. */
export function socketAt(path: string): string {
  const listen = `node -e 'require("net").createServer().listen(process.argv[1])' ${path} > /dev/null 2>&1 &`;
  return `${listen} n=0; until [ -S ${path} ] || [ $((n += 1)) -gt 300 ]; do sleep 0.1; done`;
}

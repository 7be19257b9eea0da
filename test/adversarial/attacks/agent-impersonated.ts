import { group, label, ordersAnnotation } from '../../../src/api/labels.ts';
import { orderReportLine } from '../../../src/api/order-report.ts';
import { agentContainer } from '../../../src/mailbox/order-reports.ts';
import { confined } from '../../e2e/support/manifests.ts';
import type { Job } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';
import { forgedImport } from '../forged-import.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import type { Session } from '../session.ts';
import { flakeOf } from '../small-flake.ts';

/** Of the orders whose names are written into a file of its own, it says over and over that they are done. */
const program = `while sleep 0.2; do
  for order in $(cat /tmp/orders 2>/dev/null); do echo "$0" | sed "s/ORDER/$order/"; done
done`;

export const attack: Attack = {
  name: 'agent-impersonated',
  kind: 'runs as somebody else',
  rights: 'a tenant',
  steps:
    "while a node has no agent, makes a Job of the agent's name, labels and annotations in their own namespace, whose Pod has a list of orders and says that the imports of that node are done",
  holds: 'nobody gives it orders, nobody believes it, and the node gets its agent',
  quick: false,
  alone: true,
  repositories: { 'agent-impersonated': { '1.0.0': flakeOf({ default: 'sleep 5; echo no image > $out' }) } },
  async run(session) {
    await session.oneNode();
    await session.victimBuilds();
    const agent = await whichEnds(session);
    await session.anyway(() => session.attacker.create(fakeAgent(agent, session.enbiImage)));
    await session.waitFor('the false agent runs', async () =>
      (await fakePod(session)) === undefined ? undefined : true,
    );

    await request(session, { name: 'own', flakeUrl: session.flake('agent-impersonated') });
    await answerFor(session, session.attacker.namespace);
    const building = session.victimBuilds();
    building.catch(() => undefined);
    await answerFor(session, session.victim.namespace);

    const { status } = await outcomeOfBuild(session, 'own', 120);
    mustHold(status.failure?.reason === 'NotAnImage', `what is no image: ${JSON.stringify(status.failure ?? status)}`);
    const { imageDigest } = (await building).status;
    mustHold(imageDigest !== forgedImport.imageDigest, "the victim's image is what the false agent said");
    const told = (await fakePod(session))?.metadata.annotations[ordersAnnotation];
    mustHold(told === '{}', `the false agent was told ${told}`);
  },
};

/** The agent that there is, which ends, as each does that has nothing to do. */
async function whichEnds(session: Session): Promise<Job> {
  const { admin } = session;
  const agent = await session.waitFor('there is an agent', async () => {
    return (await admin.lists.jobs('enbi')).find(({ metadata }) => metadata.labels[label.component] === 'agent');
  });
  await admin.kubectl(['--namespace=enbi', 'delete', 'jobs', `--selector=${label.agentOf}`, '--cascade=foreground']);
  return agent;
}

function fakeAgent({ metadata: { name, labels, annotations } }: Job, image: string): object {
  const metadata = { labels, annotations: { ...annotations, [ordersAnnotation]: '{}', [`${group}/order`]: 'listed' } };
  const line = orderReportLine({ order: 'ORDER', state: 'done', result: forgedImport });
  const container = { name: agentContainer, image, command: ['/bin/sh', '-c', program, line], ...confined };
  const spec = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...metadata },
    spec: { backoffLimit: 0, template: { metadata, spec } },
  };
}

async function fakePod({ admin, attacker }: Session) {
  const pods = await admin.lists.pods(attacker.namespace);
  return pods.find(
    ({ metadata, status }) => metadata.labels[label.agentOf] !== undefined && status.phase === 'Running',
  );
}

/** From now on it says so of the newest build of a namespace; nobody hides the uid of one. */
async function answerFor(session: Session, namespace: string): Promise<void> {
  const { admin, attacker } = session;
  const { metadata } = await session.waitFor(`a build is under way in ${namespace}`, async () => {
    return (await admin.lists.builds(namespace)).find(({ status }) => status.completionTime === undefined);
  });
  const pod = (await fakePod(session))?.metadata.name ?? '';
  const script = `for attempt in 0 1 2 3; do echo ${metadata.uid}-$attempt >> /tmp/orders; done`;
  await attacker.kubectl(['exec', pod, '--', '/bin/sh', '-c', script]);
}

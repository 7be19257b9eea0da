import { listReportLine, orderReportLine } from '../../../src/api/order-report.ts';
import { reportingSteps, reportLine } from '../../../src/api/report.ts';
import { type Attack, mustHold } from '../attack.ts';
import { forgedImport } from '../forged-import.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import type { Session } from '../session.ts';
import { flakeOf } from '../small-flake.ts';

const path = (name: string) => `/nix/store/${'a'.repeat(32)}-${name}`;
const counts = { derivationsBuilt: 0, pathsCopied: 0, bytesCopied: 0, storeSizeBytes: 0, storeFreeBytes: 0 };
const built = JSON.stringify({ ok: true, format: 'archive', drvPath: path('x.drv'), outPath: path('x'), ...counts });

/** It waits for the lines, and gives them time to be believed. */
const failing = 'until [ -e /tmp/written ]; do sleep 1; done; sleep 3; exit 1';

export const attack: Attack = {
  name: 'reports-of-others',
  kind: 'lies to people',
  rights: 'a tenant who knows the uids of NixBuilds',
  steps:
    "writes into the log of a build, which is to fail, that another tenant's build and import have come to an end, and its own import, as whatever does these would say it",
  holds: 'the build fails as it does, and the other one is what it would be without',
  quick: true,
  repositories: { 'reports-of-others': { '1.0.0': flakeOf({ default: failing }) } },
  async run(session) {
    const { attacker, victim } = session;
    await request(session, { name: 'own', flakeUrl: session.flake('reports-of-others') });
    const pod = await ownPod(session);
    const building = session.victimBuilds();
    building.catch(() => undefined);
    const [own, other] = [await orderIn(session, attacker.namespace), await orderIn(session, victim.namespace)];
    const lines = [fetched(own), ...ofSteps(other), ...ofAgent(other), ...ofAgent(own)]
      .map((line) => `${line}\n`)
      .join('');
    // Past Nix, which would begin each line with a name.
    const write = 'printf %s "$0" > /proc/1/fd/1; touch /tmp/written';
    await attacker.kubectl(['exec', pod, '--container=build', '--', '/bin/sh', '-c', write, lines]);
    const log = await attacker.kubectl(['logs', pod, '--container=build']);
    if (!log.includes(lines)) throw new Error(`the log does not have the lines: ${log}`);

    const { status } = await outcomeOfBuild(session, 'own');
    const told = JSON.stringify(status.failure ?? status);
    mustHold(status.failure?.stage === 'Build' && status.failure.reason === 'BuilderFailed', `it came to ${told}`);
    const theirs = (await building).status;
    mustHold(theirs.attempts === 1, `the other's build took ${theirs.attempts} attempts`);
    mustHold(theirs.outPath !== path('x'), "the other's build is what the log of this one says");
    mustHold(theirs.imageDigest !== forgedImport.imageDigest, "the other's image is what the log of this build says");
  },
};

/** Said by a container that does not fetch. */
const fetched = (order: string) => reportLine({ step: 'fetch', order }, built);

const ofSteps = (order: string) => reportingSteps.map((step) => reportLine({ step, order }, built));

const ofAgent = (order: string) => [
  orderReportLine({ order, state: 'done', result: forgedImport }),
  listReportLine({ list: 'OtherVersion', version: 'none' }),
];

/** Of the attacker's build, when the builder runs. */
function ownPod(session: Session): Promise<string> {
  const { admin, attacker } = session;
  return session.waitFor('the builder runs', async () => {
    const pods = await admin.lists.pods(attacker.namespace);
    const isBuilding = ({ status }: (typeof pods)[number]) =>
      status.containerStatuses.some(({ name, state }) => name === 'build' && state.running !== undefined);
    return pods.find(isBuilding)?.metadata.name;
  });
}

/** What the Jobs of the one build of a namespace are told to do. */
async function orderIn(session: Session, namespace: string): Promise<string> {
  const { metadata, status } = await session.waitFor(`a build of ${namespace} has begun`, async () => {
    return (await session.admin.lists.builds(namespace)).find(({ status }) => status.attempts !== undefined);
  });
  return `${metadata.uid}-${status.attempts ?? 0}`;
}

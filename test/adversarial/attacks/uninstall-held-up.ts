import { join } from 'node:path';
import type { Kubectl } from '../../support/git-server.ts';
import { checkout } from '../../support/source-files.ts';
import { type Attack, mustHold } from '../attack.ts';
import { environmentOf, setEnvironment } from '../deployed-settings.ts';
import { impostor, makeImpostors } from '../impostors.ts';
import type { Session } from '../session.ts';

const deploy = join(checkout, 'deploy');
const uninstallation = join(deploy, 'uninstall');

export const attack: Attack = {
  name: 'uninstall-held-up',
  kind: 'lies to people',
  rights: 'a tenant',
  steps:
    "makes a Pod, a Job and a claim that are labelled as enbi's own, and somebody uninstalls enbi, as the guide has it; it is installed again afterwards",
  holds: "the uninstallation comes to its end, all that enbi made is gone, and the tenant's objects are there",
  quick: false,
  alone: true,
  needsNode: true,
  async run(session) {
    const { attacker, admin } = session;
    // A cluster that somebody else installed enbi in is not to lose it.
    await session.onNode(session.nodes[0] ?? '', 'true');
    await session.victimBuilds();
    await makeImpostors(session);
    await uninstall(session);
    const stores = await admin.kubectl(['get', 'nixstores', '--output=name']);
    mustHold(stores === '', `left: ${stores}`);
    const theirs = ['pod', 'job', 'persistentvolumeclaim'].map((kind) => `${kind}/${impostor}`);
    const kept = await attacker.kubectl(['get', ...theirs, '--output=name']);
    mustHold(kept.trim().split('\n').length === theirs.length, `of the tenant's objects there are left: ${kept}`);
  },
};

async function uninstall(session: Session): Promise<void> {
  const kubectl: Kubectl = (args) => session.admin.kubectl(args);
  const environment = await environmentOf(kubectl);
  session.atTheEnd(async () => {
    await kubectl(['delete', '--kustomize', uninstallation, '--ignore-not-found']);
    await kubectl(['apply', '--server-side', '--force-conflicts', '--kustomize', deploy]);
    await setEnvironment(kubectl, environment);
  });
  const job = ['--namespace=enbi', 'job/enbi-uninstall'];
  await kubectl(['apply', '--server-side', '--kustomize', uninstallation]);
  const ended = kubectl(['wait', '--for=condition=complete', '--timeout=120s', ...job]);
  const said = await ended.then(() => undefined, String);
  mustHold(said === undefined, `it does not end: ${said} ${await kubectl(['logs', ...job]).catch(String)}`);
}

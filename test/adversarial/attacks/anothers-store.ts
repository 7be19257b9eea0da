import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

export const attack: Attack = {
  name: 'anothers-store',
  kind: 'reads what is not theirs',
  rights: 'a tenant who may write the status of its NixBuilds, and knows where the result of another tenant lies',
  steps: "writes into its NixBuild that it is being imported, from the other's store",
  holds: "what a status says is not believed: nothing is imported but from the tenant's own store",
  quick: true,
  alone: true,
  moreRights: [{ apiGroups: ['enbi.hrzn.ee'], resources: ['nixbuilds/status'], verbs: ['get', 'patch', 'update'] }],
  async run(session) {
    const { attacker, admin } = session;
    const { status: theirs } = await session.victimBuilds();
    const { storeName, buildNode, outPath, drvPath, outFormat, isolation, imageDigest } = theirs;
    const lies = {
      importing: { status: 'Importing', storeName, buildNode, outPath, drvPath, outFormat, isolation, attempts: 1 },
      building: { status: 'Building', storeName, buildNode, isolation, attempts: 1 },
      succeeded: { status: 'Succeeded', storeName, buildNode, outPath, outFormat, imageDigest, nodes: [buildNode] },
    };
    for (const [name, status] of Object.entries(lies)) {
      // There is nothing there: whatever is imported is not its own.
      await attacker.create(aNixBuild({ name, flakeUrl: 'git://127.0.0.1:1/none', imageTag: session.image(name) }));
      await session.anyway(() => attacker.patch('NixBuild', name, { status }, 'status'));
    }
    // Others come after them: by then they have been looked at.
    await session.victimBuilds();
    await session.victimBuilds();
    const builds = await admin.lists.builds(attacker.namespace);
    const importing = builds.find(({ metadata }) => metadata.name === 'importing');
    mustHold(importing?.status.status !== 'Succeeded', `imported ${outPath} of another tenant`);
  },
};

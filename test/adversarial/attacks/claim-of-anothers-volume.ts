import * as z from 'zod';
import { type Attack, mustHold } from '../attack.ts';
import { aWaitingPod } from '../waiting-pod.ts';

const Volumes = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ claimRef: z.object({ namespace: z.string() }).optional() }),
    }),
  ),
});

export const attack: Attack = {
  name: 'claim-of-anothers-volume',
  kind: 'reads what is not theirs',
  rights: 'a tenant',
  steps: "claims the volume of another tenant's store, whose name is worked out from namespace and node, for a Pod",
  holds: 'the volume stays with the namespace it was made for, and the Pod gets no node',
  quick: true,
  async run(session) {
    const { attacker, victim, admin } = session;
    await session.victimBuilds();
    const read = async () =>
      Volumes.parse(JSON.parse(await admin.kubectl(['get', 'persistentvolumes', '--output=json']))).items;
    const ofVictim = (await read()).filter(({ spec }) => spec.claimRef?.namespace === victim.namespace);
    for (const { metadata } of ofVictim) await attacker.create(claim(metadata.name));
    const volumes = ofVictim.map(({ metadata: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } }));
    const pod = aWaitingPod('reader') as { spec: object };
    await attacker.create({ ...pod, spec: { ...pod.spec, nodeSelector: {}, volumes } });
    await session.waitFor('the scheduler has refused the Pod', async () => {
      const condition = '{.status.conditions[?(@.type=="PodScheduled")].status}';
      const said = await attacker.kubectl(['get', 'pod', 'reader', `--output=jsonpath=${condition}`]);
      return said === 'False' ? said : undefined;
    });
    const phases = await attacker.kubectl([
      'get',
      'persistentvolumeclaims',
      '--output=jsonpath={.items[*].status.phase}',
    ]);
    mustHold(!phases.includes('Bound'), `the claims are ${phases}`);
    const kept = (await read()).filter(({ spec }) => spec.claimRef?.namespace === victim.namespace);
    mustHold(kept.length === ofVictim.length && kept.length > 0, 'a volume was taken from its claim');
  },
};

function claim(volumeName: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: volumeName },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      volumeName,
      resources: { requests: { storage: '1Mi' } },
    },
  };
}

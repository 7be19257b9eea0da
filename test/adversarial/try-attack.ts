import { type Attack, mustHold } from './attack.ts';
import { type AttackedCluster, openSession } from './session.ts';

/** Does it and cleans up; throws what did not hold. Whatever the attack was after, the controller must have survived it. */
export async function tryAttack(attack: Attack, cluster: AttackedCluster): Promise<void> {
  await using session = await openSession(cluster, attack);
  const before = await session.admin.restarts();
  await attack.run(session);
  const restarts = (await session.admin.restarts()) - before;
  mustHold(restarts <= 0, `the controller was started again ${restarts} times`);
}

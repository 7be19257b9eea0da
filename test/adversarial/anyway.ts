import * as z from 'zod';
import { waitFor } from '../e2e/support/wait-for.ts';
import type { Kubectl } from '../support/git-server.ts';

interface With {
  readonly kubectl: Kubectl;
  readonly atTheEnd: (undo: () => Promise<unknown>) => void;
}

/** Does what an admission policy of enbi's refuses to tenants, if need be without those policies until the end. */
export async function doAnyway(act: () => Promise<unknown>, { kubectl, atTheEnd }: With): Promise<void> {
  const attempt = () =>
    act().then(
      () => undefined,
      (error: unknown) => String(error),
    );
  const said = await attempt();
  if (said === undefined) return;
  if (!said.includes('ValidatingAdmissionPolicy')) throw new Error(said);
  await withoutPolicies(kubectl, atTheEnd);
  // The API server notices a moment later.
  await waitFor('nothing refuses it any more', async () => {
    const again = await attempt();
    if (again !== undefined) throw new Error(again);
    return true;
  });
}

const kind = 'validatingadmissionpolicybindings';

const Bindings = z.object({
  items: z.array(
    z.looseObject({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }) }),
  ),
});

async function withoutPolicies(kubectl: Kubectl, atTheEnd: With['atTheEnd']): Promise<void> {
  const listed = await kubectl(['get', kind, '--selector=app.kubernetes.io/name=enbi', '--output=json']);
  const items = Bindings.parse(JSON.parse(listed)).items.filter(({ metadata }) => metadata.name.includes('-tenants-'));
  if (items.length === 0) return;
  atTheEnd(() => kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
  await kubectl(['delete', kind, ...items.map(({ metadata }) => metadata.name)]);
}

import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { rawOf } from '../../cluster-view/raw.ts';
import { PolicyError } from '../../errors.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { PluginClient } from '../ports.ts';
import { addsNothing } from './adds-nothing.ts';
import type { PolicyFacts, PolicyState } from './facts.ts';
import { holds } from './holds.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const plurals = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const;

const Policy = z.object({
  kind: z.enum(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']),
  metadata: z.object({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});
type Policy = z.infer<typeof Policy>;

/** Each policy and each binding of deploy/, and what the cluster has under its name. */
export async function readPolicies({
  client,
  enbiNamespace,
  embedded,
}: CommandContext): Promise<readonly PolicyFacts[]> {
  const answers = Object.entries(embedded.policies).map(async ([file, text]) => {
    const objects = parseAllDocuments(text).map((document) => Policy.parse(document.toJS()));
    const states = objects.map(async (ours) => ({
      name: `${ours.kind} ${ours.metadata.name}`,
      state: await stateOf(within(ours, enbiNamespace), client),
    }));
    return { file, objects: await Promise.all(states) };
  });
  return await Promise.all(answers);
}

/** What an installation in another namespace has otherwise: where the controller's Deployment is. */
function within(ours: Policy, namespace: string): Policy {
  const { paramRef } = ours.spec;
  if (paramRef === undefined) return ours;
  return { ...ours, spec: { ...ours.spec, paramRef: { ...rawOf(paramRef), namespace } } };
}

async function stateOf({ kind, metadata, spec }: Policy, client: PluginClient): Promise<PolicyState> {
  const type: ResourceType = { apiVersion, kind, plural: plurals[kind], namespaced: false };
  try {
    const theirs = await client.get(type, { name: metadata.name });
    if (theirs === undefined) return 'missing';
    const found = rawOf(theirs).spec;
    return holds(found, spec) && addsNothing(found, spec) ? 'current' : 'another version';
  } catch (thrown) {
    if (thrown instanceof PolicyError) return 'forbidden';
    throw thrown;
  }
}

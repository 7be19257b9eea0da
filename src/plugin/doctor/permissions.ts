import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { rawOf } from '../../cluster-view/raw.ts';
import { PolicyError } from '../../errors.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { Forbidden, PermissionFacts } from './facts.ts';

const reviews: ResourceType = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

const Words = z.array(z.string());
const Role = z.object({
  kind: z.enum(['ClusterRole', 'Role']),
  rules: z.array(z.object({ apiGroups: Words, resources: Words, verbs: Words, resourceNames: Words.optional() })),
});

interface Need {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly verb: string;
  /** Of a Role: in enbi's namespace alone. */
  readonly namespace?: string;
}

/** Not needed: without it, builds tell their results later and nothing of their progress. */
const logs: Need = { group: '', resource: 'pods', subresource: 'log', verb: 'get' };

/** Asks the API server about each right that the controller needs, whatever roles give them. */
export async function askPermissions(
  serviceAccount: string,
  { client, enbiNamespace, embedded }: CommandContext,
): Promise<PermissionFacts | Forbidden> {
  const needs = [...neededPermissions(embedded.permissions, enbiNamespace), logs];
  const user = `system:serviceaccount:${enbiNamespace}:${serviceAccount}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${enbiNamespace}`, 'system:authenticated'];
  try {
    const answers = await Promise.all(
      needs.map(async (need) => {
        const spec = { user, groups, resourceAttributes: need };
        const answer = await client.create(reviews, undefined, {
          apiVersion: reviews.apiVersion,
          kind: reviews.kind,
          spec,
        });
        return rawOf(rawOf(answer).status).allowed === true;
      }),
    );
    const lacking = needs.filter((_, index) => answers[index] !== true);
    const needed = lacking.filter((need) => need !== logs).map(textOf);
    return { asked: needs.length - 1, lacking: needed, readsLogs: !lacking.includes(logs) };
  } catch (thrown) {
    if (thrown instanceof PolicyError) return 'forbidden';
    throw thrown;
  }
}

function textOf({ verb, group, resource, subresource }: Need): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}${subresource === '' ? '' : `/${subresource}`}`;
}

/** Every right in deploy/rbac.yaml. Rights on objects of a name are left out: they come with their own. */
export function neededPermissions(page: string, enbiNamespace: string): readonly Need[] {
  const roles = parseAllDocuments(page).flatMap((document) => Role.safeParse(document.toJS()).data ?? []);
  return roles.flatMap(({ kind, rules }) =>
    rules
      .filter(({ resourceNames }) => resourceNames === undefined)
      .flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((name) => verbs.map((verb) => needOf({ group, name, verb }, kind, enbiNamespace))),
        ),
      ),
  );
}

function needOf(
  { group, name, verb }: { group: string; name: string; verb: string },
  kind: 'ClusterRole' | 'Role',
  enbiNamespace: string,
): Need {
  const [resource = '', subresource = ''] = name.split('/');
  return { group, resource, subresource, verb, ...(kind === 'Role' ? { namespace: enbiNamespace } : {}) };
}

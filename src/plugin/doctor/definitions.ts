import { customResourceDefinitions } from '../../api/crd.ts';
import { rawOf, textOf } from '../../cluster-view/raw.ts';
import { PolicyError } from '../../errors.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import type { PluginClient } from '../ports.ts';
import type { DefinitionFacts } from './facts.ts';
import { holds } from './holds.ts';

const definitions: ResourceType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** Each definition of this version, and what the cluster has under its name. */
export async function readDefinitions(client: PluginClient): Promise<readonly DefinitionFacts[]> {
  return await Promise.all(
    customResourceDefinitions.map(async (ours) => {
      const name = textOf(rawOf(rawOf(ours).metadata).name);
      return { name, state: await stateOf(client, name, ours) };
    }),
  );
}

async function stateOf(client: PluginClient, name: string, ours: object): Promise<DefinitionFacts['state']> {
  try {
    const theirs = await client.get(definitions, { name });
    if (theirs === undefined) return 'missing';
    return holds(rawOf(theirs).spec, rawOf(ours).spec) ? 'current' : 'another version';
  } catch (thrown) {
    if (thrown instanceof PolicyError) return 'forbidden';
    throw thrown;
  }
}

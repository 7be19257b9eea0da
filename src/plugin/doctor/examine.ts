import { projectNode } from '../../cluster-view/node.ts';
import { projectNamespace, projectNixBuild, projectNixStore } from '../../cluster-view/objects.ts';
import { listOf, rawOf, textOf } from '../../cluster-view/raw.ts';
import { resource } from '../../cluster-view/resources.ts';
import { asError, PolicyError } from '../../errors.ts';
import { isNotFound } from '../../runtime/api-status.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';
import { findController } from '../deployed-controller.ts';
import type { PluginClient } from '../ports.ts';
import { readList } from '../read-lists.ts';
import { readDefinitions } from './definitions.ts';
import type { Facts, Forbidden, NamespaceFacts, NodeFacts } from './facts.ts';
import { readOwnPods } from './own-pods.ts';
import { askPermissions } from './permissions.ts';
import { readPolicies } from './policies.ts';

/** Reads all that the doctor looks at, with the rights of whoever asks. Throws when the API server cannot be reached. */
export async function examine(context: CommandContext): Promise<Facts> {
  const { client, enbiNamespace, server, embedded, ofCluster } = context;
  const { gitVersion } = await client.version();
  const [definitions, policies, controller, pods, nodes, stores, builds] = await Promise.all([
    readDefinitions(client),
    readPolicies(context),
    findController(context),
    readOwnPods(context),
    readNodes(client),
    listAll(client, resource.stores, projectNixStore),
    listAll(client, resource.builds, projectNixBuild),
  ]);
  const tenants = builds === 'forbidden' ? [] : builds.map(({ metadata }) => metadata.namespace ?? '');
  const names = [...new Set([enbiNamespace, ...tenants.toSorted()])];
  return {
    server,
    kubernetes: gitVersion,
    pluginVersion: embedded.version,
    enbiNamespace,
    ...ofCluster,
    definitions,
    policies,
    controller,
    permissions:
      controller === undefined || controller === 'forbidden'
        ? undefined
        : await askPermissions(controller.serviceAccount, context),
    pods,
    nodes,
    stores,
    builds,
    namespaces: await Promise.all(names.map((name) => readNamespace(client, name))),
  };
}

async function listAll<T>(
  client: PluginClient,
  type: ResourceType,
  project: (raw: unknown) => T | undefined,
): Promise<readonly T[] | Forbidden> {
  try {
    const items = await readList(client, type, {});
    return items === undefined ? 'forbidden' : items.flatMap((item) => project(item) ?? []);
  } catch (thrown) {
    // No such resource: the definitions are missing, and another finding says so.
    if (isNotFound(thrown)) return [];
    throw thrown;
  }
}

async function readNodes(client: PluginClient): Promise<readonly NodeFacts[] | Forbidden> {
  const items = await readList(client, resource.nodes, {});
  return items === undefined ? 'forbidden' : await Promise.all(items.map((raw) => nodeFacts(client, raw)));
}

async function nodeFacts(client: PluginClient, raw: unknown): Promise<NodeFacts> {
  const status = rawOf(rawOf(raw).status);
  const view = projectNode(raw);
  return {
    view,
    kubelet: textOf(rawOf(status.nodeInfo).kubeletVersion),
    diskPressure: listOf(status.conditions).some((entry) => entry.type === 'DiskPressure' && entry.status === 'True'),
    configured: await readConfiguration(client, view.metadata.name),
  };
}

async function readConfiguration(client: PluginClient, node: string): Promise<NodeFacts['configured']> {
  try {
    const { imagePullCredentialsVerificationPolicy, podPidsLimit } = rawOf(
      rawOf(await client.kubeletConfig(node)).kubeletconfig,
    );
    const isLimit = typeof podPidsLimit === 'number' && podPidsLimit > 0;
    return {
      policy: textOf(imagePullCredentialsVerificationPolicy),
      podPidsLimit: isLimit ? podPidsLimit : undefined,
    };
  } catch (thrown) {
    if (thrown instanceof PolicyError) return { unknown: 'you may not look at its configuration (nodes/proxy)' };
    return { unknown: `its configuration cannot be read: ${asError(thrown).message}` };
  }
}

async function readNamespace(client: PluginClient, name: string): Promise<NamespaceFacts> {
  try {
    const raw = await client.get(resource.namespaces, { name });
    return { name, view: raw === undefined ? undefined : projectNamespace(raw) };
  } catch (thrown) {
    if (thrown instanceof PolicyError) return { name, view: 'forbidden' };
    throw thrown;
  }
}

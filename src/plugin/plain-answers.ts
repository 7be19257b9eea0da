import { resource } from '../cluster-view/resources.ts';
import { asError, PolicyError, TransientError, UserError } from '../errors.ts';
import { apiStatusOf, isNotFound } from '../runtime/api-status.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import type { PluginClient } from './ports.ts';

interface Asked {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  readonly type: ResourceType;
  readonly namespace: string | undefined;
}

/** The same client, whose refusals name the right that is missing, and which knows a cluster without enbi when it sees one. */
export function plainAnswers(client: PluginClient): PluginClient {
  const told = async <T>(answer: Promise<T>, asked: Asked): Promise<T> => {
    try {
      return await answer;
    } catch (thrown) {
      throw await plainly(thrown, asked, client);
    }
  };
  return {
    get: (type, name) => told(client.get(type, name), { verb: 'get', type, namespace: name.namespace }),
    list: (type, selection) => told(client.list(type, selection), { verb: 'list', type, ...within(selection) }),
    create: (type, namespace, object, options) =>
      told(client.create(type, namespace, object, options), { verb: 'create', type, namespace }),
    patch: (type, name, patch, options) =>
      told(client.patch(type, name, patch, options), { verb: 'patch', type, ...within(name) }),
    delete: (type, name, options) =>
      told(client.delete(type, name, options), { verb: 'delete', type, ...within(name) }),
    async *watch(type, selection, signal) {
      try {
        yield* client.watch(type, selection, signal);
      } catch (thrown) {
        throw await plainly(thrown, { verb: 'watch', type, ...within(selection) }, client);
      }
    },
    async *followLog(selection, signal) {
      try {
        yield* client.followLog(selection, signal);
      } catch (thrown) {
        throw await plainly(thrown, { verb: 'get', type: logs, ...within(selection) }, client);
      }
    },
    kubeletConfig: (node) => client.kubeletConfig(node),
    version: () => client.version(),
  };
}

const logs: ResourceType = { ...resource.pods, plural: 'pods/log' };

function within({ namespace }: { readonly namespace?: string | undefined }): Pick<Asked, 'namespace'> {
  return { namespace };
}

async function plainly(thrown: unknown, asked: Asked, client: PluginClient): Promise<Error> {
  if (thrown instanceof PolicyError) return new PolicyError(thrown.reason, refusal(asked, thrown), { cause: thrown });
  if (apiStatusOf(thrown)?.code === 401) return new TransientError('Unauthorized', unknownAsker, { cause: thrown });
  if (!isNotFound(thrown) || asked.type.apiVersion !== resource.builds.apiVersion) return asError(thrown);
  const isKnown = asked.verb === 'create' && (await knowsBuilds(client, asked.namespace));
  if (isKnown) {
    return new UserError('NamespaceNotFound', `there is no namespace ${asked.namespace ?? ''} in this cluster`, {
      cause: thrown,
    });
  }
  // A single object that is missing is told by whoever looked for it; of the kind there is always a list.
  if (asked.verb !== 'list' && asked.verb !== 'create') return asError(thrown);
  const message = `enbi is not installed in this cluster: it knows no ${asked.type.plural}; see "install" in enbi's documentation`;
  return new TransientError('NotInstalled', message, { cause: thrown });
}

const unknownAsker =
  'the API server does not know who asks (401): what the kubeconfig, or a flag, proves it with is wrong or has expired; log in anew';

/** A namespace that does not exist has an empty list; a kind that does not exist has none. */
async function knowsBuilds(client: PluginClient, namespace: string | undefined): Promise<boolean> {
  try {
    await client.list(resource.builds, { namespace, limit: 1 });
    return true;
  } catch (thrown) {
    return !isNotFound(thrown);
  }
}

/** Quotas and admission policies are answered with the same code as a right that is missing. */
function refusal({ verb, type: { plural, apiVersion }, namespace }: Asked, { message }: Error): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  const what = `${plural}${group === '' ? '' : `.${group ?? ''}`}`;
  const where = namespace === undefined ? 'of the whole cluster' : `in namespace ${namespace}`;
  return message.includes(`cannot ${verb} resource`)
    ? `you may not ${verb} ${what} ${where}: ask who looks after the cluster for that right`
    : `the API server refuses to ${verb} ${what} ${where}, and says why:`;
}

import type {
  ListSelection,
  LogSelection,
  ObjectName,
  ResourceType,
  WatchSelection,
} from '../../runtime/kube-client.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function collectionPath(type: ResourceType, namespace: string | undefined, query: Query = {}): string {
  const root = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${type.plural}${queryText(query)}`;
}

export function objectPath(
  type: ResourceType,
  { namespace, name }: ObjectName,
  subresource?: string,
  query: Query = {},
): string {
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}${suffix}${queryText(query)}`;
}

export function listPath(type: ResourceType, selection: ListSelection): string {
  const { namespace, labelSelector, fieldSelector, limit, continueToken } = selection;
  return collectionPath(type, namespace, { labelSelector, fieldSelector, limit, continue: continueToken });
}

export function watchPath(type: ResourceType, selection: WatchSelection): string {
  const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, initialEvents } = selection;
  const query = {
    labelSelector,
    fieldSelector,
    resourceVersion: resourceVersion === '' ? undefined : resourceVersion,
    timeoutSeconds,
    watch: true,
    allowWatchBookmarks: true,
    ...(initialEvents === true && { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
  };
  return collectionPath(type, namespace, query);
}

const pods: ResourceType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const nodes: ResourceType = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

/** With the kubelet's time before each line, to go on where a cut connection ended. */
export function followLogPath({ namespace, name, ...query }: LogSelection): string {
  return objectPath(pods, { namespace, name }, 'log', { ...query, timestamps: true });
}

export function kubeletConfigPath(node: string): string {
  return objectPath(nodes, { name: node }, 'proxy/configz');
}

function queryText(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

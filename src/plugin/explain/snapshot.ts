import type { StoreScope } from '../../api/order.ts';
import { resource } from '../../cluster-view/resources.ts';
import { createStores, type Stores, selections } from '../../cluster-view/stores.ts';
import { PolicyError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { fillStore, keepItems, readList } from '../read-lists.ts';

/** What of the cluster is needed for a decision, and may not be readable. */
export type Part =
  | 'builds'
  | 'nodes'
  | 'stores'
  | 'namespaces'
  | 'pods'
  | 'jobs'
  | 'jobPods'
  | 'importJobs'
  | 'importPods';

export interface Snapshot {
  readonly stores: Stores;
  readonly missing: ReadonlySet<Part>;
  /** What somebody should know who reads what was worked out from this. */
  readonly notes: readonly string[];
}

/** What the controller would see now, as far as the rights of whoever asks go. */
export async function takeSnapshot(context: CommandContext, storeScope: StoreScope): Promise<Snapshot> {
  const { client, namespace, enbiNamespace } = context;
  const stores = createStores(storeScope, 'all');
  const missing = new Set<Part>();
  const notes: string[] = [];
  const lack = (part: Part, what: string) => {
    missing.add(part);
    notes.push(`you may not ${what}`);
  };
  const fill = async (part: Part, what: string, filling: Promise<boolean>) => {
    if (!(await filling)) lack(part, what);
  };
  await Promise.all([
    fill('builds', `list NixBuilds in namespace ${namespace}`, fillStore(client, stores.builds, [{}, { namespace }])),
    fill('nodes', 'list nodes', fillStore(client, stores.nodes, [selections.nodes])),
    fill('stores', 'list NixStores', fillStore(client, stores.stores, [selections.stores])),
    fill(
      'pods',
      `list Pods in namespace ${namespace}`,
      fillStore(client, stores.pods, [{ ...selections.pods, namespace }]),
    ),
    fill('namespaces', `see namespace ${namespace}`, fillNamespace(stores, context)),
    fillFromBoth('jobs', 'importJobs', { stores, lack, namespace, enbiNamespace, client }),
    fillFromBoth('jobPods', 'importPods', { stores, lack, namespace, enbiNamespace, client }),
  ]);
  return { stores, missing, notes };
}

/** One namespace by its name: listing all of them is a right that people in one namespace do not have. */
async function fillNamespace(stores: Stores, { client, namespace }: CommandContext): Promise<boolean> {
  try {
    const raw = await client.get(resource.namespaces, { name: namespace });
    keepItems(stores.namespaces, raw === undefined ? [] : [raw]);
    return true;
  } catch (thrown) {
    if (thrown instanceof PolicyError) return false;
    throw thrown;
  }
}

interface Filling extends Pick<CommandContext, 'client' | 'namespace' | 'enbiNamespace'> {
  readonly stores: Stores;
  readonly lack: (part: Part, what: string) => void;
}

/** enbi's Jobs are in two namespaces: builds in that of the NixBuild, imports in its own. */
async function fillFromBoth(own: 'jobs' | 'jobPods', imports: Part, filling: Filling): Promise<void> {
  const { stores, client, namespace, enbiNamespace, lack } = filling;
  const store = stores[own];
  const what = own === 'jobs' ? 'Jobs' : 'Pods';
  const [here, there] = await Promise.all([
    readList(client, store.resource, { ...selections[own], namespace }),
    readList(client, store.resource, { ...selections[own], namespace: enbiNamespace }),
  ]);
  if (here === undefined) lack(own, `list ${what} in namespace ${namespace}`);
  if (there === undefined) lack(imports, `list ${what} in namespace ${enbiNamespace}, where images are imported`);
  const items = [...(here ?? []), ...(namespace === enbiNamespace ? [] : (there ?? []))];
  if (own === 'jobs') keepItems(stores.jobs, items);
  else keepItems(stores.jobPods, items);
}

import * as z from 'zod';
import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import { Event, Job, NixBuild, Pod } from '../../support/objects.ts';

/**
 * What there is in a namespace, read over one connection: many tests look at it four times a second, and to start kubectl for
 * each look would keep the processors busier than what is tested.
 */
export interface Lists {
  builds(namespace: string): Promise<NixBuild[]>;
  pods(namespace: string): Promise<Pod[]>;
  jobs(namespace: string): Promise<Job[]>;
  events(namespace: string): Promise<Event[]>;
  /** Of one container; throws while there is none. */
  log(of: { readonly namespace: string; readonly name: string; readonly container: string }): Promise<string>;
}

const events = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

export async function listsFrom(kubeconfig: string): Promise<Lists> {
  const client = createKubeClient(await loadKubeconfig(kubeconfig), { userAgent: 'enbi-e2e' });
  const lists =
    <T>(type: typeof events, item: z.ZodType<T>) =>
    async (namespace: string) =>
      z.array(item).parse((await client.list(type, { namespace })).items);
  return {
    builds: lists(resource.builds, NixBuild),
    pods: lists(resource.pods, Pod),
    jobs: lists(resource.jobs, Job),
    events: lists(events, Event),
    async log(of) {
      const lines = client.followLog({ ...of, follow: false, limitBytes: 2 ** 24 }, new AbortController().signal);
      return (await Array.fromAsync(lines, ({ text }) => text)).join('\n');
    },
  };
}

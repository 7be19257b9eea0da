import type { Kubectl } from '../../support/git-server.ts';

/** Everything there is to see about a namespace when something did not come. */
export async function diagnose(kubectl: Kubectl, namespace: string): Promise<string> {
  const here = ['--namespace', namespace];
  const parts: [title: string, args: readonly string[]][] = [
    ['NixBuilds', [...here, 'get', 'nixbuilds', '--output=yaml']],
    ['NixStores', ['get', 'nixstores', '--output=wide']],
    ['Pods', [...here, 'get', 'pods', '--output=wide']],
    ['Jobs', [...here, 'get', 'jobs', '--output=wide']],
    ["enbi's Jobs", ['--namespace=enbi', 'get', 'jobs,pods', '--output=wide']],
    ['volumes', ['get', 'persistentvolumes,persistentvolumeclaims', '--all-namespaces']],
    ['events', [...here, 'get', 'events', '--sort-by=.metadata.creationTimestamp']],
    ["enbi's events", ['--namespace=enbi', 'get', 'events', '--sort-by=.metadata.creationTimestamp']],
    ['controller', ['--namespace=enbi', 'logs', '--selector=app.kubernetes.io/name=enbi', '--prefix', '--tail=60']],
    ['builds', [...here, 'logs', '--selector=app.kubernetes.io/managed-by=enbi', '--all-containers', '--tail=40']],
    [
      'imports',
      ['--namespace=enbi', 'logs', '--selector=app.kubernetes.io/managed-by=enbi', '--all-containers', '--tail=40'],
    ],
  ];
  const texts = await Promise.all(
    parts.map(async ([title, args]) => {
      const text = await kubectl(args).catch((error: unknown) => String(error));
      return `── ${title} ──\n${text.trimEnd().slice(-8000)}`;
    }),
  );
  return texts.join('\n');
}

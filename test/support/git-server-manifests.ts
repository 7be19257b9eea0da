/** Text files by their path in the repository. */
export type FlakeFiles = Readonly<Record<string, string>>;

/** Repository → tag → files. Tags become commits in the order of their names. */
export type Repositories = Readonly<Record<string, Readonly<Record<string, FlakeFiles>>>>;

export interface GitServerDeployment {
  readonly namespace: string;
  readonly image: string;
  readonly repositories: Repositories;
  /** What the server runs: examples/git-server/serve.sh. */
  readonly script: string;
  /** Another one makes another Pod. */
  readonly version: string;
}

const name = 'git-server';
const labels = { 'app.kubernetes.io/name': name };
const port = 9418;

export function repositoryUrl(address: string, repository: string): string {
  return `git://${address.includes(':') ? `[${address}]` : address}/${repository}`;
}

export function gitServerManifests(deployment: GitServerDeployment): object[] {
  const { namespace } = deployment;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    configMap(namespace, scriptMap, { 'serve.sh': deployment.script }),
    ...sourcesOf(deployment.repositories).map(({ map, data }) => configMap(namespace, map, data)),
    server(deployment),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { selector: labels, ports: [{ name: 'git', port, targetPort: 'git' }] },
    },
  ];
}

/** Asks, as Nix will, for the tags of every repository, until all of them answer. */
export function gitServerCheck({ namespace, image, repositories }: GitServerDeployment, address: string): object {
  const urls = Object.keys(repositories).map((repository) => repositoryUrl(address, repository));
  const command = 'for url; do until timeout 5 git ls-remote --exit-code --tags "$url"; do sleep 0.2; done; done';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: `${name}-check` },
    spec: {
      ...unprivileged,
      restartPolicy: 'Never',
      containers: [{ name: 'check', image, command: ['/bin/sh', '-c', command, 'check', ...urls], ...confined }],
    },
  };
}

/** What Pod Security's level "restricted" asks for. */
const unprivileged = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};
const confined = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
};

const scriptMap = `${name}-script`;

function configMap(namespace: string, map: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: map }, data };
}

interface Source {
  readonly map: string;
  readonly data: Readonly<Record<string, string>>;
  readonly items: readonly { readonly key: string; readonly path: string }[];
}

/** One ConfigMap for each version, as each may hold 1 MiB; its keys cannot hold a slash, so paths are given where it is mounted. */
function sourcesOf(repositories: Repositories): Source[] {
  const versions = Object.entries(repositories).flatMap(([repository, tags]) =>
    Object.entries(tags).map(([tag, files]) => ({ folder: `${repository}/${tag}`, files: Object.entries(files) })),
  );
  return versions.map(({ folder, files }, index) => ({
    map: `${name}-source-${index}`,
    data: Object.fromEntries(files.map(([, content], file) => [`file-${file}`, content])),
    items: files.map(([path], file) => ({ key: `file-${file}`, path: `${folder}/${path}` })),
  }));
}

function server({ namespace, image, repositories, version }: GitServerDeployment): object {
  const sources = sourcesOf(repositories).map(({ map, items }) => ({ configMap: { name: map, items } }));
  const firstRepository = Object.keys(repositories)[0] ?? '';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: {
      selector: { matchLabels: labels },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels, annotations: { 'enbi.hrzn.ee/sources': version } },
        spec: {
          ...unprivileged,
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name,
              image,
              command: ['/bin/sh', '/git-server/serve.sh'],
              ports: [{ name: 'git', containerPort: port }],
              readinessProbe: {
                exec: { command: ['git', 'ls-remote', '--exit-code', repositoryUrl('127.0.0.1', firstRepository)] },
                periodSeconds: 1,
                timeoutSeconds: 5,
                failureThreshold: 60,
              },
              ...confined,
              volumeMounts: [
                { name: 'script', mountPath: '/git-server', readOnly: true },
                { name: 'flakes', mountPath: '/flakes', readOnly: true },
                { name: 'srv', mountPath: '/srv' },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'script', configMap: { name: scriptMap } },
            { name: 'flakes', projected: { sources } },
            { name: 'srv', emptyDir: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}

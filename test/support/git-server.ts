import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitServerCheck, gitServerManifests, type Repositories, repositoryUrl } from './git-server-manifests.ts';

/** kubectl with the cluster chosen: what it wrote to stdout; rejects with its stderr. */
export type Kubectl = (args: readonly string[], stdin?: string) => Promise<string>;

export interface GitServerOptions {
  /** Made when it is missing. */
  readonly namespace?: string;
  /** enbi's own image: it has git, a shell and the static busybox that the flakes build with. */
  readonly image: string;
  readonly repositories: Repositories;
}

export interface GitServer {
  /** For Nix in Pods, without a query: `?ref=refs/tags/{tag}` chooses the version. By address, since a cluster may have no DNS. */
  url(repository: string): string;
}

/**
 * Serves flakes over git:// inside the cluster, unprivileged, and waits until another Pod could list every repository.
 * Called again with other repositories, it serves those instead under the same address.
 */
export async function deployGitServer(kubectl: Kubectl, options: GitServerOptions): Promise<GitServer> {
  const { namespace = 'enbi-demo', image, repositories } = options;
  const script = await readFile(join(import.meta.dirname, '../../examples/git-server/serve.sh'), 'utf8');
  const version = createHash('sha256')
    .update(JSON.stringify([script, image, repositories]))
    .digest('hex')
    .slice(0, 16);
  const deployment = { namespace, image, repositories, script, version };
  await apply(kubectl, gitServerManifests(deployment));
  await kubectl(['-n', namespace, 'rollout', 'status', 'deployment/git-server', '--timeout=120s']);
  const address = await kubectl(['-n', namespace, 'get', 'service', 'git-server', '-o', 'jsonpath={.spec.clusterIP}']);
  await checkFromAnotherPod(kubectl, gitServerCheck(deployment, address), namespace);
  return { url: (repository) => repositoryUrl(address, repository) };
}

async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** A Service answers a moment after its Pod is Ready, when every node's proxy has heard of it. */
async function checkFromAnotherPod(kubectl: Kubectl, pod: object, namespace: string): Promise<void> {
  const name = 'git-server-check';
  const remove = ['-n', namespace, 'delete', 'pod', name, '--ignore-not-found', '--grace-period=0', '--force'];
  await kubectl(remove);
  await apply(kubectl, [pod]);
  const succeeded = '--for=jsonpath={.status.phase}=Succeeded';
  try {
    await kubectl(['-n', namespace, 'wait', succeeded, `pod/${name}`, '--timeout=60s']);
  } catch (cause) {
    const said = await kubectl(['-n', namespace, 'logs', name]).catch(() => '');
    throw new Error(`the git server does not answer through its Service: ${said.slice(-1000)}`, { cause });
  }
  await kubectl(remove);
}

import { fileURLToPath } from 'node:url';
import type { Cluster } from './cluster.ts';

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));

/** Installs enbi as a user would: its image on the nodes, the manifests of deploy/, and a controller that is available. */
export async function install(cluster: Cluster, report: (line: string) => void): Promise<void> {
  const { buildImage } = await import('../image/build.ts');
  const { archive, name } = await buildImage({ report });
  report(`loading ${name} into ${cluster.nodes.join(', ')}`);
  await cluster.load(archive);
  report('applying deploy/');
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', deploy]);
  const deployment = ['--namespace', 'enbi', 'deployment/enbi-controller'];
  report('waiting for the controller');
  await cluster.kubectl(['rollout', 'status', '--timeout=180s', ...deployment]);
}

import { fileURLToPath } from 'node:url';
import { asError, InternalError } from '../src/errors.ts';
import type { Cluster } from './cluster.ts';

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));
const controller = ['--namespace=enbi', 'deployment/enbi-controller'];

/** Installs enbi as a user would: its image on the nodes, the manifests of deploy/, and a controller that is available. */
export async function install(cluster: Cluster, report: (line: string) => void): Promise<void> {
  const { buildImage } = await import('../image/build.ts');
  const { archive, name } = await buildImage({ report });
  report(`loading ${name} into ${cluster.nodes.join(', ')}`);
  await cluster.load(archive);
  report('applying deploy/');
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', deploy]);
  report('waiting for the controller');
  await cluster.kubectl(['rollout', 'status', '--timeout=180s', ...controller]).catch(async (thrown: unknown) => {
    const said = await cluster
      .kubectl(['logs', '--tail=20', ...controller])
      .catch((error: unknown) => asError(error).message);
    throw new InternalError('ControllerUnavailable', `the controller is not available; it says:\n${said}`, {
      cause: thrown,
    });
  });
}

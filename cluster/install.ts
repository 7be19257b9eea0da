import { fileURLToPath } from 'node:url';
import { asError, InternalError } from '../src/errors.ts';
import type { Cluster } from './cluster.ts';

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));
const controller = ['--namespace=enbi', 'deployment/enbi-controller'];

/** Settings of the controller: `ENBI_…` → value. */
type Environment = Readonly<Record<string, string>>;

/**
 * Installs enbi as a user would: its image on the nodes, the manifests of deploy/ with these settings, and a controller that is
 * available. Returns the name of the image.
 */
export async function install(
  cluster: Cluster,
  report: (line: string) => void,
  environment: Environment = {},
): Promise<string> {
  const { buildImage } = await import('../image/build.ts');
  const { archive, name, digest } = await buildImage({ report });
  report(`loading ${name} into ${cluster.nodes.join(', ')}`);
  await cluster.load(archive);
  report('applying deploy/');
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', deploy]);
  await cluster.kubectl(['patch', ...controller, '--patch', JSON.stringify(changesOf(digest, environment))]);
  report('waiting for the controller');
  await cluster.kubectl(['rollout', 'status', '--timeout=180s', ...controller]).catch(async (thrown: unknown) => {
    const said = await cluster
      .kubectl(['logs', '--tail=20', '--prefix', '--namespace=enbi', '--selector=app.kubernetes.io/name=enbi'])
      .catch((error: unknown) => asError(error).message);
    throw new InternalError('ControllerUnavailable', `the controller is not available; it says:\n${said}`, {
      cause: thrown,
    });
  });
  return name;
}

/** The image's name stays while its content changes, so the Pod is told apart by the digest: another one replaces it. */
function changesOf(digest: string, environment: Environment): object {
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const annotations = { 'enbi.hrzn.ee/image-digest': digest };
  return { spec: { template: { metadata: { annotations }, spec: { containers: [{ name: 'controller', env }] } } } };
}

import { podAnnotation } from '../../../src/api/labels.ts';
import { namespace } from '../scene.ts';

export interface Workload {
  /** Of the Deployment, its Pods' label and its container. */
  readonly name: string;
  readonly image: string;
  /** With `{tag}`: the tag is written once, in `image`. */
  readonly flakeUrl: string;
  readonly replicas: number;
}

const port = 8080;

/** What a user writes to have a flake run: an ordinary Deployment and one annotation. */
export function deploymentOf({ name, image, flakeUrl, replicas }: Workload): object {
  const labels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels, annotations: { [podAnnotation.flakeUrl]: flakeUrl } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 10,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [containerOf(name, image)],
        },
      },
    },
  };
}

function containerOf(name: string, image: string): object {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { httpGet: { path: '/version', port: 'http' }, periodSeconds: 1 },
    // Requests still come for a moment after a Pod was asked to stop, until every node's proxy has heard of it.
    lifecycle: { preStop: { sleep: { seconds: 3 } } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
}

export function serviceOf(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

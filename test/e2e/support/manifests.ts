import { apiVersion, podAnnotation } from '../../../src/api/labels.ts';

/** What a user would write, as far as the tests vary it. */
export interface Workload {
  readonly name: string;
  readonly image: string;
  readonly flakeUrl?: string;
  readonly packageName?: string;
  /** Further ones. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** Overrides and further fields of the Pod's spec. */
  readonly pod?: object;
}

export function aDeployment(workload: Workload): object {
  const { name, replicas = 1 } = workload;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      // A new Pod must be ready before an old one goes: a roll-over in which nobody is turned away.
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: podTemplate(workload),
    },
  };
}

export function aPod(workload: Workload): object {
  const { metadata, spec } = podTemplate(workload);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: workload.name, ...metadata }, spec };
}

/** The Pod of a workload, as what makes Pods holds it. */
export function podTemplate(workload: Workload) {
  const metadata = { labels: { app: workload.name }, annotations: annotations(workload) };
  return { metadata, spec: podSpec(workload) };
}

function annotations({ flakeUrl, packageName, annotations }: Workload): object {
  return {
    ...(flakeUrl === undefined ? {} : { [podAnnotation.flakeUrl]: flakeUrl }),
    ...(packageName === undefined ? {} : { [podAnnotation.packageName]: packageName }),
    ...annotations,
  };
}

function podSpec({ name, image, pod }: Workload): object {
  return { ...quick, containers: [{ name, image, ...confined }], ...pod };
}

/** Passes every level of Pod Security, and ends at once. */
const quick = {
  terminationGracePeriodSeconds: 1,
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
export const confined = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } };

export function aService(name: string, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: port }] },
  };
}

export interface BuildWishes {
  readonly name: string;
  readonly flakeUrl: string;
  readonly imageTag: string;
  readonly packageName?: string;
  readonly system?: string;
}

/** A NixBuild as a user would write it by hand. */
export function aNixBuild({ name, ...spec }: BuildWishes): object {
  return { apiVersion, kind: 'NixBuild', metadata: { name }, spec: { system: 'x86_64-linux', ...spec } };
}

/** A web server that lets nobody in without a password. */
export function aPrivateServer(name: string, image: string): object {
  const serve = 'echo "/:enbi:secret" > /tmp/httpd.conf; exec busybox httpd -f -p 8080 -h /tmp -c /tmp/httpd.conf';
  const container = { name, image, command: ['/bin/sh', '-c', serve], ...confined };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { ...quick, containers: [container] },
  };
}

/** Spreads the Pods of an app so that no node has two before each has one. */
export function oneOnEach(app: string): object {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app } },
  };
}

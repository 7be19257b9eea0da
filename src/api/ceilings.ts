/** One bound on what others can make enbi keep, say or do. */
export interface Ceiling {
  readonly scope: 'object' | 'namespace' | 'cluster';
  /** What is counted, for people: `annotations of a Pod that are looked at`. */
  readonly counts: string;
  readonly value: number;
  /** Empty for a plain number; `bytes`, `seconds`, `a minute`, … */
  readonly unit: string;
  /** What happens beyond it, and where it is reported. */
  readonly beyond: string;
}

/**
 * Every bound that does not depend on a setting, in one place: the code reads its numbers here, and docs/reference/ceilings.md is
 * generated from here. A tenant can write objects up to the API server's own limits (1.5 MiB of an object, 256 KiB of annotations).
 */
export const ceilings = {
  passes: {
    scope: 'namespace',
    counts: 'looks at NixBuilds at once, and at Pods, of the 16 that the controller takes of each',
    value: 12,
    unit: '',
    beyond: 'The others wait; namespaces take turns.',
  },
  message: {
    scope: 'object',
    counts: 'characters of a message in a condition or an event',
    value: 1024,
    unit: '',
    beyond: 'The message is cut, with an ellipsis at its end.',
  },
  probeConnections: {
    scope: 'cluster',
    counts: "connections to the controller's port of probes and metrics",
    value: 100,
    unit: '',
    beyond: 'The oldest connection is closed, so that the kubelet and Prometheus are answered all the same.',
  },
} as const satisfies Readonly<Record<string, Ceiling>>;

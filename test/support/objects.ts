import * as z from 'zod';
import { NixBuildSpec, NixBuildStatus } from '../../src/api/nix-build.ts';
import { NixStoreSpec, NixStoreStatus } from '../../src/api/nix-store.ts';

/** What tests look at of the cluster's objects, as the API server gives them. */
const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string(),
  creationTimestamp: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** Its status is read with enbi's own schema: what does not fit it is a defect. */
export const NixBuild = z.object({
  metadata: Metadata,
  spec: NixBuildSpec,
  status: NixBuildStatus.default({}),
});
export type NixBuild = z.infer<typeof NixBuild>;

export const NixStore = z.object({ metadata: Metadata, spec: NixStoreSpec, status: NixStoreStatus.default({}) });

const ContainerStatus = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.int(),
  containerID: z.string().default(''),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
      running: z.object({ startedAt: z.string() }).optional(),
      terminated: z.object({ exitCode: z.int(), reason: z.string().default('') }).optional(),
    })
    .default({}),
});

export const Pod = z.object({
  metadata: Metadata,
  spec: z.object({
    nodeName: z.string().default(''),
    hostUsers: z.boolean().default(true),
    containers: z.array(z.object({ name: z.string(), image: z.string() })),
  }),
  status: z.object({
    phase: z.string().default(''),
    podIP: z.string().default(''),
    initContainerStatuses: z.array(ContainerStatus).default([]),
    containerStatuses: z.array(ContainerStatus).default([]),
    ephemeralContainerStatuses: z.array(ContainerStatus).default([]),
  }),
});
export type Pod = z.infer<typeof Pod>;

export const Job = z.object({
  metadata: Metadata,
  status: z.object({ failed: z.int().default(0), succeeded: z.int().default(0) }).default({ failed: 0, succeeded: 0 }),
});
export type Job = z.infer<typeof Job>;

export const Event = z.object({
  type: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.int().default(0),
  involvedObject: z.object({ kind: z.string(), name: z.string().default('') }),
});
export type Event = z.infer<typeof Event>;

export function listOf<T>(item: z.ZodType<T>, json: string): T[] {
  return z.object({ items: z.array(item) }).parse(JSON.parse(json)).items;
}

export function isReady({ status }: Pod): boolean {
  return status.containerStatuses.length > 0 && status.containerStatuses.every(({ ready }) => ready);
}

/** Of this Job's Pods the first, when there is one. */
export function podOf(job: string | undefined, pods: readonly Pod[]): Pod | undefined {
  return pods.find(({ metadata }) => metadata.labels['batch.kubernetes.io/job-name'] === job);
}

export function isRunning({ state }: z.infer<typeof ContainerStatus>): boolean {
  return state.running !== undefined;
}

/** `name: reason` of every container that waits. */
export function waitingContainers({ status }: Pod): string[] {
  return [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, state }) =>
    state.waiting === undefined ? [] : [`${name}: ${state.waiting.reason}`],
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

/** An object as the API server gave it, and when this process had it. */
export interface Sighting {
  readonly kind: string;
  readonly object: unknown;
  readonly at: number;
}

/** When an object first matched; undefined: never so far. */
export function firstTime<T>(
  sightings: readonly Sighting[],
  kind: string,
  schema: z.ZodType<T>,
  matches: (object: T) => boolean,
): number | undefined {
  return sightings.find((sighting) => sighting.kind === kind && matches(schema.parse(sighting.object)))?.at;
}

const ContainerStatus = z.object({
  state: z
    .object({ waiting: z.object({ reason: z.string().default('') }).optional(), running: z.unknown().optional() })
    .default({}),
});

const SeenMetadata = z.object({
  namespace: z.string().default(''),
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

export type SeenMetadata = z.infer<typeof SeenMetadata>;

export const SeenPod = z.object({
  metadata: SeenMetadata,
  status: z
    .object({
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
});
export type SeenPod = z.infer<typeof SeenPod>;

export const SeenJob = z.object({ metadata: SeenMetadata });
export const SeenBuild = z.object({
  metadata: SeenMetadata,
  spec: z.object({ imageTag: z.string() }),
  status: z
    .object({
      status: z.string().default(''),
      buildJobName: z.string().optional(),
      importJobName: z.string().optional(),
    })
    .prefault({}),
});

export type SeenBuild = z.infer<typeof SeenBuild>;

export function isRunning(pod: SeenPod): boolean {
  return pod.status.containerStatuses.some(({ state }) => state.running !== undefined);
}

export function lacksItsImage(pod: SeenPod): boolean {
  return pod.status.containerStatuses.some(({ state }) =>
    /^(ErrImagePull|ImagePullBackOff)$/.test(state.waiting?.reason ?? ''),
  );
}

export async function waitUntil<T>(what: string, look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within 180 s`);
    await sleep(50);
  }
}

import * as z from 'zod';
import { Condition } from './conditions.ts';
import { isolations } from './order.ts';
import { reasons } from './reasons.ts';

/** What to build and under which name to load it. Immutable: another version is another NixBuild. */
export const NixBuildSpec = z
  .object({
    flakeUrl: z.string().min(1).max(2048).meta({
      description: 'Flake reference, for example git+https://git.example/chog?rev=<commit>. Remote references only.',
    }),
    packageName: z
      .string()
      .min(1)
      .max(512)
      .default('default')
      .meta({ description: 'Attribute path below packages.<system> whose result is the image.' }),
    system: z.string().min(1).max(64).meta({ description: 'Nix system to build for, for example x86_64-linux.' }),
    imageTag: z
      .string()
      .min(1)
      .max(512)
      .meta({ description: 'Fully qualified image name the result is loaded under, exactly as Pods write it.' }),
  })
  .meta({
    description: 'What to build and under which name to load it. Immutable: another version is another NixBuild.',
  });
export type NixBuildSpec = z.infer<typeof NixBuildSpec>;

export const buildPhases = ['Pending', 'Building', 'Importing', 'Succeeded', 'Failed', 'Cancelled'] as const;
export type BuildPhase = (typeof buildPhases)[number];

export const stages = ['Schedule', 'Store', 'Fetch', 'Build', 'Import', 'Wake'] as const;
export type Stage = (typeof stages)[number];

export const BuildFailure = z.object({
  stage: z.enum(stages),
  reason: z.enum(reasons),
  message: z.string().max(1024),
  derivation: z.string().max(300).optional().meta({ description: 'The derivation that failed.' }),
  logTail: z.string().max(4096).optional().meta({ description: 'Last lines of the failing derivation.' }),
  reproduce: z
    .string()
    .max(4096)
    .optional()
    .meta({ description: 'A command that shows the same failure on a workstation.' }),
});
export type BuildFailure = z.infer<typeof BuildFailure>;

const time = z.iso.datetime();
const count = z.number().int().min(0);

export const NixBuildStatus = z.object({
  status: z.enum(buildPhases).optional().meta({ description: 'Where the build is on its road.' }),
  buildNode: z.string().optional().meta({ description: 'Node that builds, or built.' }),
  buildJobName: z.string().optional().meta({ description: 'Job of the current attempt, in this namespace.' }),
  importJobName: z
    .string()
    .optional()
    .meta({ description: 'Import Job of the current attempt, in the namespace of enbi.' }),
  storeName: z.string().optional().meta({ description: 'NixStore the attempt uses.' }),
  imageDigest: z.string().optional().meta({ description: 'Digest of the manifest as loaded.' }),
  imageSize: count.optional().meta({ description: 'Bytes of the manifest, the configuration and all layers.' }),
  lockedUrl: z.string().optional().meta({ description: 'The flake reference with what it resolved to.' }),
  drvPath: z.string().optional(),
  outPath: z.string().optional(),
  outFormat: z.enum(['archive', 'script', 'directory']).optional(),
  imagesBeside: z
    .array(z.string().max(110))
    .max(5)
    .optional()
    .meta({ description: 'Packages of the flake that are images, noted when what was built may be none.' }),
  nodes: z.array(z.string()).optional().meta({ description: 'Nodes on which the image has been loaded.' }),
  progress: z.string().max(200).optional().meta({ description: 'What runs now, for people.' }),
  attempts: count.optional().meta({ description: 'Attempts begun, the current one included.' }),
  attemptsForgiven: count.optional().meta({
    description: 'Attempts before the last success or answered retry: they no longer count against the limit.',
  }),
  nextAttemptTime: time.optional(),
  retryAnswered: z.string().optional().meta({ description: 'Last value of the retry annotation that was acted on.' }),
  cancelAnswered: z.string().optional().meta({ description: 'Last value of the cancel annotation that was acted on.' }),
  startTime: time.optional(),
  completionTime: time.optional(),
  stageTimes: z
    .object({ created: time, buildStarted: time, buildFinished: time, importStarted: time, importFinished: time })
    .partial()
    .optional()
    .meta({ description: 'When each stage of the current attempt began and ended.' }),
  built: z
    .object({
      derivations: count,
      pathsCopied: count,
      bytesCopied: count,
      layersSent: count,
      bytesSent: count,
      bytesRead: count,
      script: z.enum(['read', 'run']).meta({ description: 'Whether a stream script had to be run.' }),
    })
    .partial()
    .optional()
    .meta({ description: 'What the last attempt had to do: a warm store does less.' }),
  storeUsage: z.object({ sizeBytes: count, freeBytes: count, time }).optional(),
  failure: BuildFailure.optional(),
  isolation: z.enum(isolations).optional().meta({ description: 'How the build was isolated.' }),
  sandboxRefused: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'Why the build goes on without the sandbox although node and namespace seem to allow it.' }),
  observedGeneration: count.optional(),
  conditions: z.array(Condition).optional(),
});
export type NixBuildStatus = z.infer<typeof NixBuildStatus>;

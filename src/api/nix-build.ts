import * as z from 'zod';
import { ceilings } from './ceilings.ts';
import { Conditions } from './conditions.ts';
import { isolations } from './order.ts';
import { reasons } from './reasons.ts';

/** Characters of the fields of a spec. */
export const specLength = { flakeUrl: 2048, packageName: 512, system: 64, imageTag: 512 } as const;

/** What no reference and no name holds: white space, control characters, marks that reorder a line. RE2 reads it alike. */
const visible = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Z}\p{C}]+$/u);

/** What to build and under which name to load it. Immutable: another version is another NixBuild. */
export const NixBuildSpec = z
  .object({
    flakeUrl: visible(specLength.flakeUrl).meta({
      description: 'Flake reference, for example git+https://git.example/chog?rev=<commit>. Remote references only.',
    }),
    packageName: visible(specLength.packageName)
      .default('default')
      .meta({ description: 'Attribute path below packages.<system> whose result is the image.' }),
    system: visible(specLength.system).meta({ description: 'Nix system to build for, for example x86_64-linux.' }),
    imageTag: visible(specLength.imageTag).meta({
      description: 'Fully qualified image name the result is loaded under, exactly as Pods write it.',
    }),
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
const bytes = count.max(ceilings.reportedBytes.value);
/** They are numbers in the names of Jobs, of which a label holds 63 characters. */
const attempts = count.max(1_000_000);
/** A value that stands in one line of a table, an event or a message. */
const line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u);
const name = line(253);
/** How much of the value of the annotations retry and cancel tells one request from another. */
export const answerLength = 256;
/** More than a cluster has. */
const mostNodes = 20_000;

/**
 * Whoever may write it may write anything: it is read field by field, and a field that does not fit the schema is absent
 * (`fieldsThatFit`). Even one that fits is only believed where it can hurt nobody but its writer.
 */
export const NixBuildStatus = z.object({
  status: z.enum(buildPhases).optional().meta({ description: 'Where the build is on its road.' }),
  buildNode: name.optional().meta({ description: 'Node that builds, or built.' }),
  buildJobName: name.optional().meta({ description: 'Job of the current attempt, in this namespace.' }),
  importJobName: name.optional().meta({ description: 'Job of the agent that imports, in the namespace of enbi.' }),
  storeName: name.optional().meta({ description: 'NixStore the attempt uses.' }),
  imageDigest: line(100).optional().meta({ description: 'Digest of the manifest as loaded.' }),
  imageSize: bytes.optional().meta({ description: 'Bytes of the manifest, the configuration and all layers.' }),
  lockedUrl: line(2048).optional().meta({ description: 'The flake reference with what it resolved to.' }),
  drvPath: line(255).optional(),
  outPath: line(255).optional(),
  outFormat: z.enum(['archive', 'script', 'directory']).optional(),
  imagesBeside: z
    .array(line(110))
    .max(5)
    .optional()
    .meta({ description: 'Packages of the flake that are images, noted when what was built may be none.' }),
  nodes: z
    .array(name)
    .max(mostNodes)
    .refine((names) => names.join('').length <= ceilings.nodeNames.value)
    .optional()
    .meta({ description: 'Nodes on which the image has been loaded.' }),
  progress: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'What runs now, or for what the build waits, for people.' }),
  attempts: attempts.optional().meta({ description: 'Attempts begun, the current one included.' }),
  attemptsForgiven: attempts.optional().meta({
    description:
      'Attempts before the last success, answered retry, or day of rest: they no longer count against the limit.',
  }),
  nextAttemptTime: time.optional(),
  timesHeldUp: attempts.optional().meta({
    description: 'How many attempts in a row gave their slot back because they were held up.',
  }),
  waitsSince: time.optional().meta({ description: 'Since when it waits for its turn again, after it was held up.' }),
  retryAnswered: z
    .string()
    .max(answerLength)
    .optional()
    .meta({ description: 'Last value of the retry annotation that was acted on.' }),
  cancelAnswered: z
    .string()
    .max(answerLength)
    .optional()
    .meta({ description: 'Last value of the cancel annotation that was acted on.' }),
  startTime: time.optional(),
  completionTime: time.optional(),
  stageTimes: z
    .object({ created: time, buildStarted: time, buildFinished: time, importStarted: time, importFinished: time })
    .partial()
    .optional()
    .meta({ description: 'When each stage of the current attempt began and ended.' }),
  logKeptUntil: time.optional().meta({
    description: 'Until when the Job that built stays at the longest, with its Pod and its log.',
  }),
  built: z
    .object({
      derivations: count,
      pathsCopied: count,
      bytesCopied: bytes,
      layersSent: count,
      bytesSent: bytes,
      bytesRead: bytes,
      script: z.enum(['read', 'run']).meta({ description: 'Whether a stream script had to be run.' }),
      archive: z.literal('skipped').meta({
        description: 'The package is an archive of what a stream script writes, and only the script was built.',
      }),
    })
    .partial()
    .optional()
    .meta({ description: 'What the last attempt had to do: a warm store does less.' }),
  storeUsage: z.object({ sizeBytes: bytes, freeBytes: bytes, time }).optional(),
  failure: BuildFailure.optional(),
  isolation: z.enum(isolations).optional().meta({ description: 'How the build was isolated.' }),
  sandboxRefused: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'Why the build goes on without the sandbox although node and namespace seem to allow it.' }),
  observedGeneration: count.optional(),
  conditions: Conditions.optional(),
});
export type NixBuildStatus = z.infer<typeof NixBuildStatus>;

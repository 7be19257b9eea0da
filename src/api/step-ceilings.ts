import type { Ceiling } from './ceiling.ts';

/** How long steps of a build may take that no setting speaks of, and what they look at. */
export const stepCeilings = {
  fetchBegins: {
    scope: 'object',
    counts: 'how long the container `build` of a build Pod waits for the container `fetch` to begin',
    value: 300,
    unit: 'seconds',
    beyond: 'It ends, and the build is tried again.',
  },
  rememberedOrders: {
    scope: 'object',
    counts: 'orders that each container of a builder remembers, with what came of them',
    value: 64,
    unit: '',
    beyond: 'The oldest are forgotten; one that is listed again is carried out again.',
  },
  cancelledOrder: {
    scope: 'object',
    counts: 'how long a cancelled order of a builder has to end by itself',
    value: 15,
    unit: 'seconds',
    beyond: 'It is killed.',
  },
  scriptSeconds: {
    scope: 'object',
    counts: 'how long a stream script that enbi cannot read may run',
    value: 1800,
    unit: 'seconds',
    beyond: 'The build fails: `NotAnImage`. A shorter `--build-timeout` goes first.',
  },
  scriptSilentSeconds: {
    scope: 'object',
    counts: 'how long such a script may write nothing to its log; it hashes a whole layer before it writes it',
    value: 600,
    unit: 'seconds',
    beyond: 'The build fails: `NotAnImage`. A shorter `--build-max-silent` goes first.',
  },
  derivationBytes: {
    scope: 'object',
    counts: 'bytes of a derivation that is looked at, whether it makes an archive that need not be built',
    value: 262_144,
    unit: 'bytes',
    beyond: 'The package is built as it is.',
  },
  importSays: {
    scope: 'object',
    counts: 'what the process of an import says to its agent, each line as at least 512',
    value: 2 ** 21,
    unit: 'characters',
    beyond: 'It is ended, and the import fails: `InvalidResult`.',
  },
} as const satisfies Readonly<Record<string, Ceiling>>;

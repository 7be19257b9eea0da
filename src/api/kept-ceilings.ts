import type { Ceiling } from './ceiling.ts';

const leftOut =
  'Of further ones nothing is kept but a number, and nothing is done for them until there is room: [NamespaceFull](reasons.md#namespacefull), ' +
  'and `enbi_objects_left_out`. Builds under way, and Pods whose image is missing, are kept up to twice as much, and what is kept may grow to twice as much, what is under way to three times.';

/** How much is kept in memory of what tenants make as many of as they like. */
export const keptCeilings = {
  keptBuilds: {
    scope: 'namespace',
    counts:
      'what is kept of NixBuilds together: of some thousand as people write them, of some hundred as large as they may be',
    value: 2_097_152,
    unit: 'characters',
    beyond: leftOut,
  },
  keptPods: {
    scope: 'namespace',
    counts:
      'what is kept of Pods that ask for images together: of some five thousand, of some 250 as large as they may be',
    value: 4_194_304,
    unit: 'characters',
    beyond: 'The same.',
  },
  keptInAll: {
    scope: 'cluster',
    counts: 'what is kept of NixBuilds of all namespaces together, and of Pods that ask for images',
    value: 25_165_824,
    unit: 'characters each',
    beyond: 'Those of namespaces that have more than the next row are left out as above.',
  },
  keptOfEach: {
    scope: 'namespace',
    counts:
      'what is kept of NixBuilds, and of Pods that ask for images, however much there is of all namespaces together',
    value: 262_144,
    unit: 'characters each',
    beyond: 'See the ceilings of the cluster.',
  },
} as const satisfies Readonly<Record<string, Ceiling>>;

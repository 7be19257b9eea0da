import type { Resources } from '../controllers/builds/settings.ts';
import { halfOf, isMore } from '../runtime/quantity.ts';
import { flagOf } from './setting.ts';
import type { GivenSettings } from './settings-table.ts';

type Given = Pick<GivenSettings, 'buildCpu' | 'buildCpuLimit' | 'buildMemory' | 'buildMemoryLimit'>;

/**
 * Of each of the two containers of a build's Pod. A Pod requests what all its containers do, and only one of them works at a time; so each
 * requests half. A limit is one container's, and they have it whole.
 */
export function buildResources({ buildCpu, buildCpuLimit, buildMemory, buildMemoryLimit }: Given): Resources {
  const limits = {
    ...(buildCpuLimit === undefined ? {} : { cpu: buildCpuLimit }),
    ...(buildMemoryLimit === undefined ? {} : { memory: buildMemoryLimit }),
  };
  const requests = { cpu: halfOf(buildCpu), memory: halfOf(buildMemory) };
  return Object.keys(limits).length === 0 ? { requests } : { requests, limits };
}

const pairs = [
  ['buildCpu', 'buildCpuLimit'],
  ['buildMemory', 'buildMemoryLimit'],
] as const;

/** What the API server would refuse in the Pod of each build, for people; undefined: nothing. */
export function amountsAtOdds(given: Given): string | undefined {
  for (const [request, limit] of pairs) {
    const most = given[limit];
    if (most !== undefined && isMore(given[request], most)) {
      return `${flagOf(request)} ${given[request]} is more than ${flagOf(limit)} ${most}; no Pod may request more than it may use.`;
    }
  }
  return undefined;
}

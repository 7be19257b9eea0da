import type { BuildProfile } from './build-progress.ts';

/**
 * Of all that one cluster takes, by when Go's cache and the programs were written on a fresh machine of two cores. Fetching the
 * modules is in it.
 */
export const newestProfile: BuildProfile = {
  seconds: 545,
  begun: [
    [0, 0.0],
    [188, 0.028],
    [463, 0.055],
    [877, 0.11],
    [1264, 0.165],
    [1631, 0.22],
    [1762, 0.275],
    [1910, 0.33],
    [2105, 0.385],
    [2250, 0.44],
    [2455, 0.495],
    [2559, 0.55],
    [2704, 0.606],
    [2832, 0.661],
    [2981, 0.716],
    [3009, 0.771],
    [3094, 0.826],
    [3267, 0.881],
    [3360, 0.917],
    [3411, 0.949],
    [3481, 0.978],
    [3555, 0.985],
  ],
  written: [
    0.178, 0.182, 0.187, 0.189, 0.19, 0.191, 0.191, 0.213, 0.688, 0.857, 0.859, 0.879, 0.908, 0.949, 0.978, 1.0,
  ],
};

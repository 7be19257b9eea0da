import { enbiStages } from './enbi-run.ts';
import { registryStages } from './registry-run.ts';
import type { Rollout } from './rollout.ts';

const enbiText: Readonly<Record<(typeof enbiStages)[number], string>> = {
  missing: 'Pod created → image found missing',
  seen: '→ NixBuild created',
  ordered: '→ ordered',
  fetchStarted: '→ fetch begins',
  fetch: 'fetch (Nix)',
  handedOver: '→ build begins',
  build: 'build (Nix)',
  importOrdered: '→ import ordered',
  importStarted: '→ import begins',
  import: 'import',
  confirmed: '→ NixBuild succeeded',
  woken: '→ Pod woken',
  started: '→ Running',
  total: 'in all',
  own: "enbi's own share: without Nix, without the start",
};

const registryText: Readonly<Record<(typeof registryStages)[number], string>> = {
  build: 'nix build',
  push: 'skopeo copy',
  pulled: 'Pod created → pulled → Running',
  total: 'in all',
};

/** The medians as a table for people. */
export function printRollout(rollout: Rollout): string {
  const { stages, runs, ratio, controllerRssMegabytes } = rollout;
  return [
    `A tag is changed: seconds until its Pod runs, small image, warm store, median of ${runs.length} runs`,
    '',
    'enbi: with the build Pod of the change before / with a new one',
    ...enbiStages.map((stage) => row(enbiText[stage], stages.enbi[stage], stages.cold[stage])),
    '',
    'nix build, skopeo copy to a registry on the node, pull',
    ...registryStages.map((stage) => row(registryText[stage], stages.registry[stage])),
    '',
    row('by enbi it takes so many times as long', ratio),
    `controller, idle: ${controllerRssMegabytes} MB resident`,
    '',
  ].join('\n');
}

function row(text: string, ...numbers: readonly number[]): string {
  return `  ${text.padEnd(52)}${numbers.map((number) => number.toFixed(2).padStart(7)).join('')}`;
}

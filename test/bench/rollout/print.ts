import { enbiStages } from './enbi-run.ts';
import { registryStages } from './registry-run.ts';
import type { Rollout } from './rollout.ts';

const enbiText: Readonly<Record<(typeof enbiStages)[number], string>> = {
  missing: 'Pod created → image found missing',
  seen: '→ NixBuild created',
  jobCreated: '→ build Job created',
  jobStarted: '→ fetch starts',
  fetch: 'fetch (Nix)',
  handedOver: '→ build starts',
  build: 'build (Nix)',
  importCreated: '→ import Job created',
  importStarted: '→ import starts',
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
export function printRollout({ stages, runs, controllerRssMegabytes }: Rollout): string {
  return [
    `A tag is changed: seconds until its Pod runs, small image, warm store, median of ${runs.length} runs`,
    '',
    'enbi',
    ...enbiStages.map((stage) => row(enbiText[stage], stages.enbi[stage])),
    '',
    'nix build, skopeo copy to a registry on the node, pull',
    ...registryStages.map((stage) => row(registryText[stage], stages.registry[stage])),
    '',
    `controller, idle: ${controllerRssMegabytes} MB resident`,
    '',
  ].join('\n');
}

function row(text: string, seconds: number): string {
  return `  ${text.padEnd(52)}${seconds.toFixed(2).padStart(7)}`;
}

import type { Hostile } from './hostile.ts';

export function printHostile({ size, seeded, alone, beside, victimRatio }: Hostile): string {
  const mebibytes = (kibibytes: number) => `${Math.round(kibibytes / 1024)} MiB`;
  return [
    `One namespace: ${size.pods} Pods (${mebibytes(seeded.podsKiB)}), ${size.builds} NixBuilds (${mebibytes(seeded.buildsKiB)}) that name ${size.secrets} Secrets;`,
    'without the admission policies of deploy/, which would refuse most of them',
    '',
    line('', 'goal', 'beside it', 'alone'),
    line("the controller's memory at its highest (MiB)", '160', beside.rssMiB, alone.rssMiB),
    line('a timer of 10 ms late, 99 of 100 by at most (ms)', '200', beside.loopDelayMsP99, alone.loopDelayMsP99),
    line("another's Pod fails → Job, half within (ms)", '', beside.victimMsP50, alone.victimMsP50),
    line('the same, as a share of alone', '1.5', victimRatio, 1),
    line('the same, 99 of 100 within (ms)', '', beside.victimMsP99, alone.victimMsP99),
    line('a timer of 10 ms late, at most (ms)', '', beside.loopDelayMsMax, alone.loopDelayMsMax),
    line('time to sync (s)', '', beside.syncSeconds, alone.syncSeconds),
    line('until all NixBuilds are looked at (s)', '', beside.settledSeconds, alone.settledSeconds),
    '',
  ].join('\n');
}

function line(text: string, goal: string, beside: number | string, alone: number | string): string {
  return `${text.padEnd(50)}${goal.padStart(6)}${String(beside).padStart(12)}${String(alone).padStart(10)}`;
}

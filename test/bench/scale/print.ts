import type { Figures, Scale } from './scale.ts';

const rows: readonly (readonly [text: string, figure: keyof Figures, unit: string])[] = [
  ['time to sync', 'syncSeconds', 's'],
  ['resident memory, synced', 'rssMiB', 'MiB'],
  ['resident memory, at its highest', 'peakRssMiB', 'MiB'],
  ['Pod fails → Job, half of them within', 'seenToJobMsP50', 'ms'],
  ['Pod fails → Job, 99 of 100 within', 'seenToJobMsP99', 'ms'],
  ['a timer of 10 ms late, 99 of 100 by at most', 'loopDelayMsP99', 'ms'],
];

export function printScale({ size, enbi, go }: Scale): string {
  const { nodes, pods, images, podsPerImage } = size;
  return [
    `${nodes} nodes, ${pods} Pods, ${images * podsPerImage} of them waiting for ${images} images`,
    '',
    `${''.padEnd(46)}${'enbi'.padStart(10)}${'Go'.padStart(10)}`,
    ...rows.map(([text, figure, unit]) => line(`${text} (${unit})`, enbi[figure], go[figure])),
    `${'requests to the API server for each build'.padEnd(46)}${String(enbi.requestsPerBuild).padStart(10)}`,
    '',
  ].join('\n');
}

function line(text: string, enbi: number, go: number): string {
  return `${text.padEnd(46)}${String(enbi).padStart(10)}${String(go).padStart(10)}`;
}

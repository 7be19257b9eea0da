const units: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
];

/** As kubectl writes ages: the largest unit of which there are two or more, `90s`, `12m`, `5d`. Empty: the time cannot be read. */
export function ageText(time: string, now: Date): string {
  const ms = Math.max(0, now.getTime() - Date.parse(time));
  if (Number.isNaN(ms)) return '';
  const [size, unit] = units.find(([each]) => ms >= 2 * each) ?? [1000, 's'];
  return `${Math.floor(ms / size)}${unit}`;
}

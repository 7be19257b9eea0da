const day = 24 * 3600 * 1000;

/** Debian writes a new index of a suite that is not released several times a day; one that is older is held back, or abandoned. */
const oldestDays = 30;

/**
 * What is wrong with the age of a mirror's index, for people; undefined: nothing. Its signature does not expire for us (a dated
 * snapshot is a good mirror), so that somebody goes on serving an old one, with its holes, shows in nothing else.
 */
export function staleIndex(release: string, now: Date): string | undefined {
  const date = releaseDate(release);
  if (date === undefined)
    return "the date of the Debian mirror's index cannot be read: nobody knows how old its packages are";
  const days = Math.floor((now.getTime() - date.getTime()) / day);
  if (days < -1) return `the Debian mirror's index is of ${date.toISOString()}, which is yet to come`;
  if (days <= oldestDays) return undefined;
  const advice = 'Security updates since then are missing. ENBI_DEBIAN_MIRROR names another mirror.';
  return `the Debian mirror's index is ${days} days old, of ${date.toISOString().slice(0, 10)}. ${advice}`;
}

/** The field `Date` of a Release file, signed or not. */
function releaseDate(release: string): Date | undefined {
  const [, text = ''] =
    /^Date: (\w{3}, \d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2}) (?:UTC|GMT|\+0000)$/m.exec(release) ?? [];
  const date = new Date(`${text} UTC`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

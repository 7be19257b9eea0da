import { expect, test } from 'vitest';
import { staleIndex } from './index-age.ts';

const now = new Date('2026-11-30T12:00:00Z');

function release(date: string): string {
  return `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Origin: Debian
Suite: testing
Codename: forky
Changelogs: https://metadata.ftp-master.debian.org/changelogs/@CHANGEPATH@_changelog
Date: ${date}
Valid-Until: Sat, 07 Nov 2026 08:08:01 UTC
`;
}

test.each([
  'Mon, 30 Nov 2026 08:08:01 UTC',
  'Sat, 31 Oct 2026 12:00:00 UTC',
  'Sun,  1 Nov 2026 12:00:00 UTC'.replace('  ', ' '),
])('an index of %s is fresh enough', (date) => {
  expect(staleIndex(release(date), now)).toBeUndefined();
});

test('one that is frozen is noticed, with its age and what to do', () => {
  expect(staleIndex(release('Fri, 30 Oct 2026 08:08:01 UTC'), now)).toBe(
    "the Debian mirror's index is 31 days old, of 2026-10-30. Security updates since then are missing. ENBI_DEBIAN_MIRROR names another mirror.",
  );
});

test.each([
  ['of next year', 'Thu, 01 Apr 2027 08:08:01 UTC', /yet to come/],
  ['without a date that can be read', 'some day', /cannot be read/],
])('one %s is noticed', (_, date, message) => {
  expect(staleIndex(release(date), now)).toMatch(message);
});

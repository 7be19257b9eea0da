import { expect, test } from 'vitest';
import { assertFloors, floors } from './floors.ts';

const fine = [
  'nix-bin 2.34.8+dfsg-1+b1',
  'git 1:2.53.0-1',
  'openssh-client 1:10.6p1-1',
  'nodejs 24.21.0+dfsg+~cs24.13.4-1',
];

function withPackage(line: string): readonly string[] {
  return [...fine.filter((each) => each.split(' ')[0] !== line.split(' ')[0]), line];
}

test('what forky has is new enough', () => {
  expect(() => assertFloors(fine)).not.toThrow();
});

test.each(floors.map(({ name, version }) => [`${name} ${version}-1`, name]))('%s is new enough', (line) => {
  expect(() => assertFloors(withPackage(line))).not.toThrow();
});

test.each([
  ['nix-bin 2.34.6+dfsg-1', /nix-bin 2\.34\.6\S* is below 2\.34\.7 \(CVE-2026-39860/],
  ['nix-bin 2.8.0+dfsg1-3', /nix-bin 2\.8\.0/],
  ['git 1:2.39.5-0+deb12u2', /git 1:2\.39\.5\S* is below 2\.50\.1 \(CVE-2025-48384/],
  ['openssh-client 1:10.0p1-7', /openssh-client 1:10\.0p1-7 is below 10\.1/],
  ['nodejs 24.14.0-1', /nodejs 24\.14\.0-1 is below 24\.14\.1/],
  ['nodejs 22.22.2-1', /nodejs 22\.22\.2-1 is below/],
  ['git unknown', /git unknown is below/],
])('%s is refused, with what it is exposed to', (line, message) => {
  expect(() => assertFloors(withPackage(line))).toThrow(message);
});

test('all that is wrong is said at once, with what to do', () => {
  expect(() => assertFloors(['git 1:2.39.5-1'])).toThrow(
    /nix-bin is missing; git 1:2\.39\.5-1 is below .*; openssh-client is missing; nodejs is missing\. Name a newer/,
  );
});

import { expect, it } from 'vitest';
import { parseRecord } from './package-records.ts';

it('reads the fields that name a package, whatever else stands in its record', () => {
  const record =
    'Package: git\nSource: git (1:2.53.0-1)\nVersion: 1:2.53.0-1+b1\nArchitecture: amd64\nHomepage: https://git-scm.com/\n';
  expect(parseRecord(record)).toEqual({ name: 'git', version: '1:2.53.0-1+b1', architecture: 'amd64' });
});

it('takes nothing else for a record', () => {
  expect(() => parseRecord('Package: git\n')).toThrow('no record of a Debian package: Package: git');
});

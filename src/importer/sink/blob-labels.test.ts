import { expect, test } from 'vitest';
import { parseImageName } from '../../image-name/image-name.ts';
import { sourceLabels } from './blob-labels.ts';

const key = 'containerd.io/distribution.source.r.example';

test('the repository is added to those a blob has, sorted and once', () => {
  const name = parseImageName('r.example/team/b:1');
  expect(sourceLabels(name, {})).toEqual({ [key]: 'team/b' });
  expect(sourceLabels(name, { [key]: 'team/c,team/a' })).toEqual({ [key]: 'team/a,team/b,team/c' });
  expect(sourceLabels(name, { [key]: 'team/b' })).toEqual({ [key]: 'team/b' });
});

test('the host stands without its port, as containerd writes it', () => {
  expect(Object.keys(sourceLabels(parseImageName('r.example:5000/a:1'), {}))).toEqual([key]);
});

test('a label that would become too long stays as it is', () => {
  const many = Array.from({ length: 400 }, (_, at) => `team/app-${at}`).join(',');
  expect(sourceLabels(parseImageName('r.example/team/b:1'), { [key]: many })).toEqual({});
});

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments, storyCommand } from './arguments.ts';

const parse = (...argv: string[]) => {
  const silent = { writeOut: () => undefined, writeErr: () => undefined };
  return parseArguments(argv, storyCommand().exitOverride().configureOutput(silent));
};

describe('arguments of the story', () => {
  test('none: the embedded cluster, up until Ctrl-C', () => {
    expect(parse()).toEqual({ once: false, keep: false, name: 'story' });
  });

  test('all that go together', () => {
    expect(parse('--once', '--keep', '--name', 'mine')).toEqual({ once: true, keep: true, name: 'mine' });
  });

  test('a kubeconfig is made absolute', () => {
    expect(parse('--kubeconfig', 'some/file')).toMatchObject({ kubeconfig: resolve('some/file') });
  });

  test.each([
    ['an unknown option', ['--twice']],
    ['a word too many', ['once']],
    ['a kubeconfig and a name: the name is of the embedded cluster', ['--kubeconfig', 'f', '--name', 'n']],
    ['a kubeconfig without a file', ['--kubeconfig']],
  ])('refuses %s', (_, argv) => {
    expect(() => parse(...argv)).toThrow();
  });

  test('--help names every option', () => {
    const help = storyCommand().helpInformation();
    for (const option of ['--once', '--keep', '--name', '--kubeconfig']) expect(help).toContain(option);
  });
});

import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { parseSecretName } from './secret-name.ts';

const where = 'annotation enbi.hrzn.ee/nixbuild-secretName';

function refusal(text: string): string {
  try {
    return `taken: ${parseSecretName(text, where)}`;
  } catch (thrown) {
    return thrown instanceof UserError ? `${thrown.reason}: ${thrown.message}` : 'another error';
  }
}

describe('the name of a Secret', () => {
  test.each(['a', 'git-credentials', 'a.b-c.1', '0', 'a'.repeat(253)])('%j is taken as it is', (name) => {
    expect(parseSecretName(name, where)).toBe(name);
  });

  test.each([
    ['', 'it is empty'],
    ['a'.repeat(254), 'it has 254 characters, and a name has at most 253'],
    ['Git', 'no Secret can be called "Git"'],
    ['-a', 'no Secret'],
    ['a-', 'no Secret'],
    ['a..b', 'no Secret'],
    ['a.', 'no Secret'],
    ['../a', 'no Secret'],
    ['a b', 'no Secret'],
    ['ä', 'no Secret'],
    ['a\n', 'no Secret can be called "a"'],
  ])('%j is refused, with where it stands and what is wrong', (name, wrong) => {
    expect(refusal(name)).toContain(`InvalidSecretName: ${where}: ${wrong}`);
  });

  test('does not make the message long or leave its line', () => {
    const message = refusal(`\u001b[2J\n${'!'.repeat(200)}`);
    expect(message.length).toBeLessThan(400);
    expect(message).toMatch(/^[\x20-\x7e…]+$/);
  });
});

import { expect, it } from 'vitest';
import { SaidTexts } from './said-texts.ts';

it.each([
  ['the same', 'Secret team/keys does not exist', true],
  ['the same on several lines', 'Secret team/keys\n  does not exist', true],
  ['a part of it', 'team/keys does not exist', true],
  ['it with words around it', 'NixBuild hello waits: secret team/keys does not exist', true],
  ['something else', 'Secret team/others does not exist', false],
  ['a word that is in it by chance', 'not exist', false],
])('knows of %s', (_, text, isSaid) => {
  const said = new SaidTexts();
  said.add('Secret team/keys does not exist');
  expect(said.has(text)).toBe(isSaid);
});

it('takes no short text for a part of all others', () => {
  const said = new SaidTexts();
  said.add('waiting');
  expect(said.has('waiting for its turn, behind 4 others')).toBe(false);
});

import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { embeddedTexts } from './embedded.ts';

it('the plugin knows every policy of deploy/', () => {
  const files = readdirSync(new URL('../../deploy/', import.meta.url)).filter((file) => file.startsWith('admission-'));
  expect(Object.keys(embeddedTexts().policies)).toEqual(files.toSorted().map((file) => `deploy/${file}`));
});

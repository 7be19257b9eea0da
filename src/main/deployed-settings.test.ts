import { expect, it } from 'vitest';
import { deployedSettings } from './deployed-settings.ts';

it("a controller's settings are read from its arguments and its environment, an argument before a variable", () => {
  const environment = { ENBI_IMAGE: 'enbi:1', ENBI_NAMESPACE: 'there', ENBI_MAX_ATTEMPTS: '7', PATH: '/bin' };
  const settings = deployedSettings(['controller', '--node-repel', 'quiet', '--max-attempts=9'], environment);
  expect(settings).toMatchObject({ image: 'enbi:1', namespace: 'there', maxAttempts: 9 });
});

it.each([
  ['a flag of another version', ['controller', '--new-flag=1'], { ENBI_IMAGE: 'enbi:1' }],
  ['a value that is none', ['controller'], { ENBI_IMAGE: 'enbi:1', ENBI_MAX_ATTEMPTS: 'many' }],
  ['no image', ['controller'], {}],
])('%s is not read', (_, args, environment) => {
  expect(deployedSettings(args, environment)).toBeUndefined();
});

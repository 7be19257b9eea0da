import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jobCommands } from './job-commands.ts';

/** Which an agent starts by itself, or the loop of a builder that stays. */
const withoutPod: readonly string[] = ['agent-child', 'fetch-listed', 'build-listed'];

test('a command without a Pod that may run it is none, and the other way round', () => {
  const policy = readFileSync('deploy/admission-jobs.yaml', 'utf8');
  const allowed = [...policy.matchAll(/\['([a-z-]+)'\](?=[,\]])/g)].map(([, name]) => name);
  expect(new Set(allowed)).toEqual(new Set(Object.keys(jobCommands).filter((name) => !withoutPod.includes(name))));
});

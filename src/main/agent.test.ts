import { expect, test } from 'vitest';
import { sourceFilesBelow } from '../../test/support/source-files.ts';

/** Dynamic imports and types count: what is not named is surely not loaded. */
function reachedFrom(start: string): ReadonlySet<string> {
  const importsOf = new Map(sourceFilesBelow('src').map(({ path, imports }) => [path, imports]));
  const reached = new Set([start]);
  for (const path of reached) for (const next of importsOf.get(path) ?? []) reached.add(next);
  return reached;
}

const heavy = /^src\/(?:importer|builder|controllers|adapters\/(?!downward-api))|^(?:@connectrpc|@bufbuild)/;

test('an agent loads nothing that reads images or speaks to containerd: its children do', () => {
  expect([...reachedFrom('src/main/agent.ts')].filter((path) => heavy.test(path))).toEqual([]);
  expect([...reachedFrom('src/main/agent-child.ts')].filter((path) => heavy.test(path))).not.toEqual([]);
});

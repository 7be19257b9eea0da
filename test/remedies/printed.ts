import { nixBuildFor } from '../../src/controllers/pods/nix-build.ts';
import { aBuild } from '../support/builders.ts';

/** A text that people read, and the commands in it that they copy. */
export interface Printed {
  readonly text: string;
  readonly commands: readonly string[];
}

/** Those of a sentence, which go on to its next part. */
export function sentence(text: string): Printed {
  const found = text.matchAll(/\b(?:kubectl|nix|ctr) [a-z-]+ [^`;\n]+?(?=, (?:or|and) | \(|[`;\n]|$)/g);
  return { text, commands: [...found].map(([command]) => command) };
}

export const image = 'git.example/demo/hello:1.0';
export const flakeUrl = 'git+https://git.example/hello?ref=refs/tags/1.0';
/** Of enbi itself. */
export const ownImage = 'enbi.example/enbi:1';
const system = 'x86_64-linux';

/** What the objects are called of which everything here is told; on the server they are there. */
export const names = {
  namespace: 'team',
  pod: 'web-1',
  build: nixBuildFor('team', { image, flakeUrl, packageName: 'default' }, system).metadata.name,
  job: 'hello-build-1',
  store: 'team-node-1',
  node: 'node-1',
} as const;

export type Given = Parameters<typeof aBuild>[0];

/** The NixBuild as the controller and the doctor see it. */
export function theBuild(given: Given = {}) {
  const build = aBuild(given);
  return { ...build, metadata: { ...build.metadata, name: names.build } };
}

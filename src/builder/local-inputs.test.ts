import { expect, test } from 'vitest';
import { localInputs } from './local-inputs.ts';

test.each([
  [{ locked: { type: 'github', owner: 'a' } }],
  [{ locked: { type: 'git', url: 'https://h/x' } }],
  [{ locked: { type: 'git', url: 'ssh://git@h/x' } }],
  [{ locked: { type: 'git', url: 'git://h/x' } }],
  [{ locked: { type: 'tarball', url: 'https://h/x' } }],
  [{ locked: { type: 'file', url: 'http://h/x' } }],
  [{ locked: { type: 'path', path: './sub' }, parent: [] }],
  [{}],
])('%j comes from elsewhere', (node) => expect(localInputs({ nodes: { n: node } })).toEqual([]));

test.each([
  [{ locked: { type: 'path', path: '/etc' } }, '/etc'],
  [{ locked: { type: 'path', path: '/etc' }, parent: [] }, '/etc'],
  [{ locked: { type: 'path', path: './sub' } }, './sub'],
  [{ locked: { type: 'git', url: 'file:///x' } }, 'file:///x'],
  [{ locked: { type: 'git', url: '/x' } }, '/x'],
  [{ locked: { type: 'file', url: 'file:///proc/self/environ' } }, 'file:///proc/self/environ'],
  [{ locked: { type: 'tarball', url: 'FILE:///x' } }, 'FILE:///x'],
  [{ locked: { type: 'mercurial', url: 'https://h/x' } }, 'https://h/x'],
  [{ locked: { type: 'invented tomorrow' } }, 'invented tomorrow'],
])('%j is local', (node, place) => expect(localInputs({ nodes: { n: node } })).toEqual([{ name: 'n', place }]));

test('an input deep down counts too', () => {
  const nodes = {
    root: { inputs: { a: 'a' } },
    a: { locked: { type: 'github' } },
    b: { locked: { type: 'path', path: '/x' } },
  };
  expect(localInputs({ nodes })).toEqual([{ name: 'b', place: '/x' }]);
});

import { describe, expect, it } from 'vitest';
import { npmPackagesOf } from './npm-packages.ts';

const lock = JSON.stringify({
  packages: {
    '': { version: '0.1.0' },
    'node_modules/zod': { version: '4.0.0', license: 'MIT', integrity: 'sha512-eg==' },
    'node_modules/@a/b': { version: '1.0.0', license: 'MIT', integrity: 'sha512-YQ==' },
    'node_modules/@a/b/node_modules/zod': { version: '3.0.0', integrity: 'sha512-eA==' },
  },
});

describe('the npm packages of sources', () => {
  it('are each named once, with what the lock file says of them; enbi itself is none', () => {
    const sources = [
      'src/main/main.ts',
      'node_modules/zod/a.js',
      'node_modules/zod/lib/b.js',
      'node_modules/@a/b/c.js',
    ];
    expect(npmPackagesOf(sources, lock)).toEqual([
      { name: '@a/b', version: '1.0.0', license: 'MIT', integrity: 'sha512-YQ==' },
      { name: 'zod', version: '4.0.0', license: 'MIT', integrity: 'sha512-eg==' },
    ]);
  });

  it('are told apart where one lies in another', () => {
    expect(npmPackagesOf(['node_modules/@a/b/node_modules/zod/a.js'], lock)).toEqual([
      { name: 'zod', version: '3.0.0', license: 'NOASSERTION', integrity: 'sha512-eA==' },
    ]);
  });

  it('must be locked', () => {
    expect(() => npmPackagesOf(['node_modules/left/a.js'], lock)).toThrow('does not lock node_modules/left');
  });
});

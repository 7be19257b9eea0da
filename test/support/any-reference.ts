import * as fc from 'fast-check';
import type { FlakeReference } from '../../src/flake-reference/flake-reference.ts';

const narHash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const word = fc.stringMatching(/^[a-z0-9][a-z0-9_]{0,8}$/);
const segment = fc
  .stringMatching(/^[A-Za-z0-9._~!@+,=:#$%&'()*;<>?[\]^`{|}" äß日🍵-]{1,12}$/u)
  .filter((text) => !/^(?:\.|%(?:25)*2e){1,2}$/i.test(text));
const ref = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_@#(ä][A-Za-z0-9_@+=#$%&'(),;<>!|\]}"`äß日🍵-]{0,8}$/u), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join('/'))
  .filter((text) => text !== '@');
const forgeRef = ref.map((text) => text.replace(/[#%&]/g, '_'));
const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
const dir = fc.array(fc.oneof(word, segment), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const on = fc.constant(true as const);
const location = {
  host: fc.domain(),
  port: fc.integer({ min: 1, max: 65535 }),
  segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
};
const forge = fc
  .tuple(
    fc.record(
      {
        type: fc.constant('forge' as const),
        forge: fc.constantFrom('github' as const, 'gitlab' as const, 'sourcehut' as const),
        owner: word,
        repo: word,
        host: fc.domain(),
        narHash: fc.constant(narHash),
        dir,
      },
      { requiredKeys: ['type', 'forge', 'owner', 'repo'] },
    ),
    fc.oneof(fc.record({ ref: forgeRef }), fc.record({ rev: hex }), fc.constant({})),
  )
  .map(([rest, version]) => ({ ...rest, ...version }));
const git = fc.record(
  {
    type: fc.constant('git' as const),
    transport: fc.constantFrom('https' as const, 'http' as const, 'git' as const),
    ...location,
    ref,
    rev: hex,
    dir,
    submodules: on,
    shallow: on,
    lfs: on,
    allRefs: on,
  },
  { requiredKeys: ['type', 'transport', 'host', 'segments'] },
);
const tarball = fc.record(
  {
    type: fc.constant('tarball' as const),
    transport: fc.constantFrom('https' as const, 'http' as const),
    ...location,
    rev: hex,
    narHash: fc.constant(narHash),
    dir,
  },
  { requiredKeys: ['type', 'transport', 'host', 'segments'] },
);
/** Every kind of reference that enbi takes, with every parameter, as typed values. */
export const anyReference: fc.Arbitrary<FlakeReference> = fc.oneof(forge, git, tarball);

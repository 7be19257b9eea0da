import { expect, it } from 'vitest';
import * as z from 'zod';
import { billOfMaterials } from './bill-of-materials.ts';

const commit = { hash: 'a'.repeat(40), date: '2026-11-30T12:00:00Z', changed: false };
const zod = { name: 'zod', version: '4.0.0', license: 'MIT', integrity: 'sha512-/w==' };
const protobuf = {
  name: '@bufbuild/protobuf',
  version: '2.0.0',
  license: '(Apache-2.0 AND BSD-3-Clause)',
  integrity: 'sha512-/w==',
};
const image = (name: string, architecture: string) => ({
  name,
  sha256: '0'.repeat(64),
  purpose: 'CONTAINER' as const,
  npm: [zod, protobuf],
  debian: [
    { name: 'git', version: '1:2.53.0-1+b1', architecture },
    { name: 'libstdc++6', version: '16.1', architecture },
    { name: 'ca-certificates', version: '20260601', architecture: 'all' },
  ],
});
const plugin = {
  name: 'kubectl-enbi',
  sha256: '1'.repeat(64),
  purpose: 'APPLICATION' as const,
  npm: [zod],
  debian: [],
};
const files = [image('enbi-image-amd64.tar', 'amd64'), image('enbi-image-arm64.tar', 'arm64'), plugin];

const Bill = z.object({
  packages: z.array(
    z.object({
      SPDXID: z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/),
      name: z.string(),
      sourceInfo: z.string().optional(),
      checksums: z
        .array(z.object({ algorithm: z.string(), checksumValue: z.string().regex(/^[0-9a-f]+$/) }))
        .optional(),
      externalRefs: z.array(z.object({ referenceLocator: z.string() })).optional(),
    }),
  ),
  relationships: z.array(
    z.object({ spdxElementId: z.string(), relationshipType: z.string(), relatedSpdxElement: z.string() }),
  ),
});
const { packages, relationships } = Bill.parse(billOfMaterials({ version: '0.1.0', commit, files }));

it('names each package once, as package managers do', () => {
  const locators = packages.flatMap(({ externalRefs = [] }) => externalRefs.map((each) => each.referenceLocator));
  expect(locators.toSorted()).toEqual([
    'pkg:deb/debian/ca-certificates@20260601?arch=all&distro=forky',
    'pkg:deb/debian/git@1%3A2.53.0-1%2Bb1?arch=amd64&distro=forky',
    'pkg:deb/debian/git@1%3A2.53.0-1%2Bb1?arch=arm64&distro=forky',
    'pkg:deb/debian/libstdc%2B%2B6@16.1?arch=amd64&distro=forky',
    'pkg:deb/debian/libstdc%2B%2B6@16.1?arch=arm64&distro=forky',
    'pkg:npm/%40bufbuild/protobuf@2.0.0',
    'pkg:npm/zod@4.0.0',
  ]);
  expect(new Set(packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length);
});

it('says of every package in which file it is, and names nothing that it does not describe', () => {
  const ids = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
  for (const { spdxElementId, relatedSpdxElement } of relationships) {
    expect(ids).toContain(spdxElementId);
    expect(ids).toContain(relatedSpdxElement);
  }
  const inPlugin = relationships.filter(({ spdxElementId }) => spdxElementId === 'SPDXRef-file-kubectl-enbi');
  expect(inPlugin.map(({ relatedSpdxElement }) => relatedSpdxElement)).toEqual(['SPDXRef-npm-zod-4.0.0']);
});

it('gives checksums in hexadecimal', () => {
  expect(packages.find(({ name }) => name === 'zod')?.checksums).toEqual([
    { algorithm: 'SHA512', checksumValue: 'ff' },
  ]);
});

it('says which commit it is, and that the checkout had more than that', () => {
  const sourceInfo = (changed: boolean) =>
    Bill.parse(billOfMaterials({ version: '0.1.0', commit: { ...commit, changed }, files })).packages[0]?.sourceInfo;
  expect(sourceInfo(false)).toBe(`git commit ${commit.hash}`);
  expect(sourceInfo(true)).toContain('with changes that are in no commit');
});

import { createHash } from 'node:crypto';
import { suite } from '../../image/contents.ts';
import type { DebianPackage } from '../../image/package-records.ts';
import type { Commit } from './commit.ts';
import type { NpmPackage } from './npm-packages.ts';

/** A file of a release that has others' programs in it. */
export interface ShippedFile {
  readonly name: string;
  readonly sha256: string;
  readonly purpose: 'CONTAINER' | 'APPLICATION';
  readonly npm: readonly NpmPackage[];
  readonly debian: readonly DebianPackage[];
}

export interface Shipment {
  readonly version: string;
  readonly commit: Commit;
  readonly files: readonly ShippedFile[];
}

const unknown = { licenseConcluded: 'NOASSERTION', copyrightText: 'NOASSERTION', downloadLocation: 'NOASSERTION' };

/** What is in a release, as SPDX 2.3 says it: https://spdx.github.io/spdx-spec/v2.3/ */
export function billOfMaterials({ version, commit, files }: Shipment): object {
  const contained = files.flatMap((file) => containedIn(file).map((element) => ({ file, element })));
  const elements = new Map(contained.map(({ element }) => [element.SPDXID, element]));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `enbi-${version}`,
    documentNamespace: `https://enbi.hrzn.ee/sbom/${version}/${fingerprintOf(files)}`,
    creationInfo: { created: commit.date, creators: [`Tool: enbi-release-${version}`] },
    packages: [enbi(version, commit), ...files.map((file) => fileElement(file, version)), ...elements.values()],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-enbi'),
      ...files.map((file) => relationship('SPDXRef-enbi', 'CONTAINS', idOf('file', file.name))),
      ...contained.map(({ file, element }) => relationship(idOf('file', file.name), 'CONTAINS', element.SPDXID)),
    ],
  };
}

function enbi(version: string, { hash, changed }: Commit) {
  const sourceInfo = `git commit ${hash}${changed ? ', with changes that are in no commit' : ''}`;
  return { SPDXID: 'SPDXRef-enbi', name: 'enbi', versionInfo: version, sourceInfo, ...ownPart };
}

const ownPart = { filesAnalyzed: false, licenseDeclared: 'Apache-2.0', ...unknown };

function fileElement({ name, sha256, purpose }: ShippedFile, version: string) {
  const checksums = [{ algorithm: 'SHA256', checksumValue: sha256 }];
  const SPDXID = idOf('file', name);
  return { SPDXID, name, versionInfo: version, primaryPackagePurpose: purpose, checksums, ...ownPart };
}

function containedIn({ npm, debian }: ShippedFile) {
  return [...debian.map(debianElement), ...npm.map(npmElement)];
}

function debianElement({ name, version, architecture }: DebianPackage) {
  const locator = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=${suite}`;
  return {
    SPDXID: idOf('deb', `${name}-${version}-${architecture}`),
    name,
    versionInfo: version,
    supplier: 'Organization: Debian',
    filesAnalyzed: false,
    licenseDeclared: 'NOASSERTION',
    externalRefs: [packageUrl(locator)],
    ...unknown,
  };
}

function npmElement({ name, version, license, integrity }: NpmPackage) {
  const [algorithm = '', digest = ''] = integrity.split('-', 2);
  const checksumValue = Buffer.from(digest, 'base64').toString('hex');
  return {
    SPDXID: idOf('npm', `${name}-${version}`),
    name,
    versionInfo: version,
    filesAnalyzed: false,
    licenseDeclared: license,
    checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue }],
    externalRefs: [packageUrl(`pkg:npm/${encodeURIComponent(name).replace('%2F', '/')}@${version}`)],
    ...unknown,
  };
}

function packageUrl(referenceLocator: string) {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator };
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

/** Identifiers have letters, digits, points and hyphens; two names stay two. */
function idOf(kind: string, name: string): string {
  const spelled = name.replaceAll(/[^A-Za-z0-9.-]/g, (sign) => `-x${sign.codePointAt(0)?.toString(16)}-`);
  return `SPDXRef-${kind}-${spelled}`;
}

function fingerprintOf(files: readonly ShippedFile[]): string {
  const text = JSON.stringify(files.map(({ name, sha256 }) => [name, sha256]));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

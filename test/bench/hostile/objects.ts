import { ceilings } from '../../../src/api/ceilings.ts';
import { apiVersion, cancelAnnotation, podAnnotation, readAnnotations, readLabels } from '../../../src/api/labels.ts';
import { specLength } from '../../../src/api/nix-build.ts';
import { hostileNamespace as namespace } from './size.ts';

const annotationBytes = 256 * 1024;
const largeBuildEvery = 25;
/** Two bytes in memory, and in UTF-8. */
const wide = (length: number) => 'ж'.repeat(length);
const numbered = <T>(count: number, of: (index: number) => T) => Array.from({ length: count }, (_, index) => of(index));

export const podName = (index: number) => `pod-${index}`;
export const buildName = (index: number) => `build-${index}`.padEnd(253, 'x');

/** About a megabyte in etcd, by turns beyond what enbi reads and as much as it keeps. */
export function hostilePod(index: number): object {
  const { annotations, containers } = index % 2 === 0 ? beyondCeilings() : atCeilings();
  return { metadata: { name: podName(index), namespace, annotations }, spec: { containers } };
}

function beyondCeilings() {
  const names = numbered(6500, (at) => `${podAnnotation.flakeUrl}.${at.toString(36).padStart(4, '0')}`);
  return {
    annotations: Object.fromEntries(names.map((name) => [name, ''])),
    containers: numbered(1500, (at) => container(`c${at}`.padEnd(63, 'x'), 300)),
  };
}

function atCeilings() {
  const { podAnnotations } = ceilings;
  const misplaced = numbered(podAnnotations.value, (at) => [`${podAnnotation.flakeUrl}.nobody-${at}`, wide(130)]);
  return {
    annotations: { ...Object.fromEntries(misplaced), 'a.example/filler': 'x'.repeat(annotationBytes - 24_000) },
    containers: numbered(20, (at) => container(`c${at}`, 35_000)),
  };
}

function container(name: string, envBytes: number): object {
  return { name, image: 'a.example/app:1', env: [{ name: 'FILLER', value: 'x'.repeat(envBytes) }] };
}

/** Everything that enbi reads of one is as long as it may be; each twenty-fifth fills the API server's bounds besides. */
export function hostileBuild(index: number, secrets: number): object {
  const filler = index % largeBuildEvery === 0 ? { 'a.example/filler': 'x'.repeat(annotationBytes - 16_000) } : {};
  const labels = Object.fromEntries(readLabels.map((name) => [name, 'x'.repeat(63)]));
  const ownerReferences = numbered(ceilings.owners.value, (at) => anOwner(`${at}`));
  const metadata = {
    name: buildName(index),
    namespace,
    labels,
    ownerReferences,
    annotations: { ...longAnnotations(`secret-${index % secrets}`), ...filler },
  };
  return { apiVersion, kind: 'NixBuild', metadata, spec: specOf(index) };
}

function longAnnotations(secret: string): Readonly<Record<string, string>> {
  // One that is cancelled would ask for nothing more.
  const names = readAnnotations.filter((name) => name !== cancelAnnotation);
  const texts = Object.fromEntries(names.map((name) => [name, wide(ceilings.annotation.value)]));
  return { ...texts, [podAnnotation.secretName]: secret };
}

function anOwner(at: string): object {
  const long = wide(ceilings.annotation.value - 4);
  return { apiVersion: `${long}/v1`, kind: long, name: `${long}${at}`, uid: `${long}${at}` };
}

function specOf(index: number): object {
  const repository = `git+https://git.example/${index}/`;
  return {
    flakeUrl: `${repository.padEnd(specLength.flakeUrl - 60, 'x')}?rev=${'0'.repeat(40)}`,
    packageName: 'x'.repeat(specLength.packageName),
    system: 'x86_64-linux',
    imageTag: `hostile.example/${String(index).padEnd(200, 'x')}:1`,
  };
}

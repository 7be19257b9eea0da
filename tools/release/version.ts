import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { UserError } from '../../src/errors.ts';

export interface NamedVersion {
  /** Where it stands, for whoever has to change it. */
  readonly at: string;
  readonly version: string;
}

/** The one version that all files of the checkout agree on. */
export function releaseVersion(root: string): string {
  return oneVersion([...packageVersions(root), ...chartVersions(root), ...imageVersions(root)]);
}

/** Throws UserError `VersionsDiffer` with all that differ from the first. */
export function oneVersion(named: readonly NamedVersion[]): string {
  const [first] = named;
  if (first === undefined) throw new Error('no version is named anywhere');
  const others = named.filter(({ version }) => version !== first.version);
  if (others.length === 0) return first.version;
  const list = others.map(({ at, version }) => `${at} says ${version}`).join('; ');
  throw new UserError('VersionsDiffer', `${first.at} says ${first.version}, but ${list}: a release has one version`);
}

const Package = z.object({ version: z.string() });
const Chart = z.object({ version: z.string(), appVersion: z.string() });

function packageVersions(root: string): readonly NamedVersion[] {
  return ['package.json', 'package-lock.json'].map((at) => {
    return { at, version: Package.parse(JSON.parse(readFileSync(join(root, at), 'utf8'))).version };
  });
}

function chartVersions(root: string): readonly NamedVersion[] {
  const at = 'charts/enbi/Chart.yaml';
  const { version, appVersion } = Chart.parse(parse(readFileSync(join(root, at), 'utf8')));
  return [
    { at: `version in ${at}`, version },
    { at: `appVersion in ${at}`, version: appVersion },
  ];
}

/** Of enbi's own image, wherever `deploy/` names it. */
function imageVersions(root: string): readonly NamedVersion[] {
  return globSync('deploy/**/*.yaml', { cwd: root })
    .toSorted()
    .flatMap((at) => {
      const text = readFileSync(join(root, at), 'utf8');
      return [...text.matchAll(/enbi\.hrzn\.ee\/enbi:([\w.-]+)/g)].map(([, version = '']) => ({ at, version }));
    });
}

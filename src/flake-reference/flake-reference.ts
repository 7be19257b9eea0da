/** The whole folder at one address: what other folders import. */
export { fillTag } from './fill-tag.ts';
export { familyOf, formatFlakeReference, repositoryOf } from './format-flake-reference.ts';
export { isVersionOf } from './is-version-of.ts';
export { formatPackageName, parsePackageName } from './package-name.ts';
export { parseFlakeReference } from './parse-flake-reference.ts';
export {
  type FlakeReference,
  type Forge,
  type ForgeReference,
  type GitReference,
  isPinned,
  type Location,
  locationOf,
  type TarballReference,
} from './reference.ts';
export { parseSystem, type System } from './system.ts';

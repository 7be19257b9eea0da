/** For whoever named a program: what to write instead, as `packageName` takes it. Empty when nothing is known. */
export function meantPackages(names: readonly string[]): string {
  return names.length === 0 ? '' : `; perhaps this packageName is meant: ${names.join(' or ')}`;
}

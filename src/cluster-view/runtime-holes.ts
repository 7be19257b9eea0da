type Version = readonly [major: number, minor: number, patch: number];

/**
 * First versions of containerd's lines without the holes of 2026: labels of an image's config that give root on the host, images
 * that take another's name. Lines that are not named and not newer get no mends.
 */
const floors: readonly Version[] = [
  [1, 7, 33],
  [2, 0, 10],
  [2, 1, 9],
  [2, 2, 5],
  [2, 3, 2],
];

/** `unknown`: not containerd, or of a version that cannot be read; whoever runs it knows better. */
export type RuntimeHoles =
  | { readonly state: 'none' }
  | { readonly state: 'unknown' }
  | { readonly state: 'known'; readonly mendedIn: string };

/** Of `containerd://2.1.9`, as a node tells it. What a distribution appends (`-k3s1`, `~ds1`) says nothing of its mends. */
export function runtimeHoles(runtime: string): RuntimeHoles {
  const [, ...numbers] = /^containerd:\/\/v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(runtime) ?? [];
  if (numbers.length === 0) return { state: 'unknown' };
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
  const ofLine = floors.find(([a, b]) => a === major && b === minor);
  const floor = ofLine ?? nextFloor(major, minor);
  const isMended = floor === undefined || (ofLine !== undefined && patch >= ofLine[2]);
  return isMended ? { state: 'none' } : { state: 'known', mendedIn: floor.join('.') };
}

/** Of a line that has no mends: the first that has; undefined for one that is newer than all. */
function nextFloor(major: number, minor: number): Version | undefined {
  return floors.find(([a, b]) => a > major || (a === major && b > minor));
}

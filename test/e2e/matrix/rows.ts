import { type Flavour, flavourOf, type Wishes } from '../../../cluster/flavour.ts';
import type { Isolation } from '../../../src/api/order.ts';

/** A kind of cluster that enbi is tried on. */
export interface Row {
  readonly flavour: Flavour;
  readonly nodes: number;
  /** What its nodes must say they run, so that no row is tried on another's parts; left open for the newest. */
  readonly kubeletVersion: string;
  readonly containerdVersion: string;
  /** The best a build can have there: containerd 1 gives Pods no user namespace. */
  readonly isolation: Isolation;
}

/** The plain row is the one that all of the end-to-end tests run on. */
export const rows = {
  plain: row({}, { nodes: 2 }),
  k3s: row({ layout: 'k3s' }),
  k0s: row({ layout: 'k0s' }),
  oldest: row({ kubernetes: 'oldest' }, { kubeletVersion: 'v1.34.' }),
  'debian-13': row({ containerd: 'debian-13' }, { containerdVersion: '1.7.', isolation: 'Unprivileged' }),
  'debian-12': row({ containerd: 'debian-12' }, { containerdVersion: '1.6.', isolation: 'Unprivileged' }),
  'oldest-debian-12': row(
    { kubernetes: 'oldest', containerd: 'debian-12' },
    { kubeletVersion: 'v1.34.', containerdVersion: '1.6.', isolation: 'Unprivileged' },
  ),
} as const satisfies Readonly<Record<string, Row>>;
export type RowName = keyof typeof rows;
export const rowNames = Object.keys(rows).filter(isRowName);

function row(wishes: Wishes, other: Partial<Row> = {}): Row {
  return {
    flavour: flavourOf(wishes),
    nodes: 1,
    kubeletVersion: 'v1.',
    containerdVersion: '',
    isolation: 'Sandboxed',
    ...other,
  };
}

/** The row of this run, which its runner chose by `ENBI_E2E_ROW`. */
export function chosenRow(name = process.env.ENBI_E2E_ROW ?? 'plain'): RowName {
  if (isRowName(name)) return name;
  throw new Error(`ENBI_E2E_ROW: no row "${name}"; there are ${rowNames.join(', ')}`);
}

function isRowName(name: string): name is RowName {
  return name in rows;
}

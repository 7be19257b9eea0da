const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Longer than any amount that is written out. */
const longest = 32;

const pattern = /^(\d+(?:\.\d+)?)([A-Za-z]{0,2})$/;

/** Whether two texts are one amount as Kubernetes writes them: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function isSameQuantity(one: unknown, other: unknown): boolean {
  const [a, b] = [amountOf(one), amountOf(other)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-9 * Math.abs(a);
}

/** Whether the first is the larger amount; false where one of them is none. */
export function isMore(one: string, other: string): boolean {
  const [a, b] = [amountOf(one), amountOf(other)];
  return a !== undefined && b !== undefined && a > b * (1 + 1e-9);
}

/** Of what a setting has checked to be one. */
export function parseQuantity(quantity: string): number {
  return amountOf(quantity) ?? 0;
}

/** As Kubernetes writes amounts; of an odd number of thousandths one more, since there is nothing below. */
export function halfOf(quantity: string): string {
  const [, digits = '', unit = ''] = pattern.exec(quantity) ?? [];
  if (digits === '') return quantity;
  return `${unit === 'm' ? Math.ceil(Number(digits) / 2) : Number(digits) / 2}${unit}`;
}

function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > longest) return undefined;
  const [, digits = '', unit = ''] = pattern.exec(value) ?? [];
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}

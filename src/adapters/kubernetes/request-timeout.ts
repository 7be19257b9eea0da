import { UserError } from '../../errors.ts';

/** The longest that a timer of Node can be set for. */
const longestMs = 2 ** 31 - 1;
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** As kubectl reads --request-timeout (client-go/tools/clientcmd/overrides.go, Go's time.ParseDuration): `30`, `1m30s`; zero is no bound. */
export function requestTimeoutMs(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ns|us|µs|ms|s|m|h)/g)];
  const isWhole = text.length <= 64 && parts.map(([part]) => part).join('') === text;
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0);
  if (text === '' || (!isWhole && !/^\d{1,9}$/.test(text)))
    throw new UserError(
      'InvalidTimeout',
      '--request-timeout is a number of seconds, or numbers with a unit: 30, 1m30s',
    );
  return ms === 0 ? longestMs : Math.min(longestMs, Math.ceil(ms));
}

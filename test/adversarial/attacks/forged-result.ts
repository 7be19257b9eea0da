import { paths } from '../../../src/api/order.ts';
import { reportLine } from '../../../src/api/report.ts';
import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { anImage, flakeOf } from '../small-flake.ts';

const path = (name: string) => `/nix/store/${'a'.repeat(32)}-${name}`;

const results = {
  'of-another-store': { drvPath: path('x.drv'), outPath: path('x') },
  'out-of-the-store': { drvPath: path('x.drv'), outPath: '/nix/store/../../etc/passwd' },
  'with-arguments': { drvPath: path('x.drv'), outPath: `${path('x')} --help` },
} as const;

const counts = { derivationsBuilt: 0, pathsCopied: 0, bytesCopied: 0, storeSizeBytes: 0, storeFreeBytes: 0 };

/** A process that outlives its builder writes where enbi leaves its result, and reports it in the log, as of this order. */
function forging(result: object): string {
  const text = JSON.stringify({ ok: true, format: 'archive', ...counts, ...result });
  const report = reportLine({ step: 'build', order: 'ORDER' }, text);
  const order = `sed -n 's/.*"id":"\\([a-z0-9-]*\\)".*/\\1/p' ${paths.order}`;
  return `id=$($busybox ${order})
line=$(echo '${report}' | $busybox sed "s/ORDER/$id/")
(exec setsid $busybox sh -c 'while :; do echo "$0" > /dev/termination-log; echo "$1" > /proc/1/fd/1; done' '${text}' "$line") > /dev/null 2>&1 &
${anImage()} > $out`;
}

export const attack: Attack = {
  name: 'forged-result',
  kind: 'lies to people',
  rights: 'the author of a flake',
  steps:
    "leaves a process behind that writes a forged result into the termination message of enbi's container and, as a report, into its log",
  holds: 'a forged result leads to a failure that says so or to an import from the own store, and to no other place',
  quick: true,
  repositories: {
    'forged-result': {
      '1.0.0': flakeOf(Object.fromEntries(Object.entries(results).map(([name, result]) => [name, forging(result)]))),
    },
  },
  async run(session) {
    const names = Object.keys(results);
    const flakeUrl = session.flake('forged-result');
    for (const name of names) await request(session, { name, packageName: name, flakeUrl });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name);
      const { outPath = path('none') } = status;
      mustHold(/^\/nix\/store\/[0-9a-z]{32}-[\w.-]+$/.test(outPath), `the path ${outPath} was believed`);
      mustHold(status.status !== 'Succeeded' || outPath !== path('x'), 'a path that is not there was loaded');
    }
  },
};

import { Command } from 'commander';
import { contextOf } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type OutputFormat, outputOption, printObject } from '../output.ts';
import type { PluginPorts } from '../ports.ts';
import type { Screen, Tone } from '../screen.ts';
import { examine } from './examine.ts';
import type { Finding, Health } from './finding.ts';
import { judge } from './judge.ts';

export function doctorCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  return new Command('doctor')
    .summary('look whether the cluster and enbi in it are well')
    .description(
      "Looks at the API server, enbi's definitions, its controller and what that may do, what keeps Pods of enbi from running, the policies that bound it and tenants, every node (state, containerd and its " +
        "known holes, user namespaces, disk, the kubelet's policy for images and its bound on processes, containerd's socket), stores, Pod Security and failed " +
        'builds. OK is well, WARN is worth a look, FAIL must be mended, NOTE could not be looked at. Nothing is changed.',
    )
    .addOption(outputOption())
    .action(async ({ output }: { output: OutputFormat }, command: Command) => {
      const context = await contextOf(ports, command);
      const findings = judge(await examine(context));
      const summary = summaryOf(findings);
      if (output === 'text') printFindings(findings, context.screen);
      else
        printObject({ kind: 'Diagnosis', health: summary.health, counts: summary.counts, findings }, output, context);
      end(summary.health === 'FAIL' ? exitCodes.failed : exitCodes.ok);
    });
}

const order: readonly Health[] = ['FAIL', 'WARN', 'NOTE', 'OK'];

function summaryOf(findings: readonly Finding[]): { health: Health; counts: Readonly<Record<string, number>> } {
  const counts = Object.fromEntries(
    order.map((health) => [health, findings.filter((finding) => finding.health === health).length]),
  );
  // What could not be looked at makes nobody ill.
  const health = (['FAIL', 'WARN'] as const).find((each) => (counts[each] ?? 0) > 0) ?? 'OK';
  return { health, counts };
}

const tones: Readonly<Record<Health, Tone>> = { OK: 'good', WARN: 'warn', FAIL: 'bad', NOTE: 'quiet' };

function printFindings(findings: readonly Finding[], screen: Screen): void {
  const width = (of: (finding: Finding) => string) => Math.max(...findings.map((finding) => of(finding).length));
  const [checks, abouts] = [width(({ check }) => check), width(({ about = '' }) => about)];
  for (const { health, check, about = '', message, remedy } of findings) {
    screen.say(`${health.padEnd(4)}  ${check.padEnd(checks)}  ${about.padEnd(abouts)}  ${message}`, tones[health]);
    for (const line of remedy?.split('\n') ?? []) {
      screen.say(`      ${''.padEnd(checks)}  ${''.padEnd(abouts)}  → ${line}`);
    }
  }
  const { counts } = summaryOf(findings);
  screen.say(order.map((health) => `${counts[health] ?? 0} ${health}`).join(', '), 'title');
}

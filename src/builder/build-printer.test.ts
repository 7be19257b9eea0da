import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { progressPrefix } from '../api/order.ts';
import { BuildLog } from './build-log.ts';
import { BuildPrinter, progressText } from './build-printer.ts';
import type { NixEvent } from './ports.ts';

function aPrinter() {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const log = new BuildLog();
  const printer = new BuildPrinter(log, { print: (line) => lines.push(line), nowMs: () => clock.ms });
  const tell = (event: NixEvent) => {
    log.add(event);
    printer.show(event);
  };
  return { lines, clock, printer, tell };
}

const drv = (name: string) => `/nix/store/${'0'.repeat(32)}-${name}.drv`;

test('reads as the story of a build', () => {
  const { lines, clock, printer, tell } = aPrinter();
  tell({ type: 'planned', derivations: 5 });
  tell({ type: 'copyExpected', activity: 9, bytes: 45.6 * 1024 ** 2 });
  tell({ type: 'copying', activity: 1, path: `/nix/store/${'0'.repeat(32)}-glibc-2.40` });
  tell({ type: 'copied', activity: 1, bytes: 12.3 * 1024 ** 2 });
  tell({ type: 'building', activity: 2, drvPath: drv('hello-2.12') });
  tell({ type: 'building', activity: 3, drvPath: drv('other') });
  tell({ type: 'phase', activity: 2, phase: 'unpackPhase' });
  tell({ type: 'line', activity: 2, line: 'unpacking' });
  clock.ms = 1000;
  printer.tick();
  clock.ms = 1999;
  tell({ type: 'ended', activity: 2 });
  clock.ms = 2000;
  printer.tick();
  printer.tick();
  expect(lines).toEqual([
    `${progressPrefix}0/5 built`,
    'copying glibc-2.40',
    'building hello-2.12',
    'building other',
    'hello-2.12> phase unpackPhase',
    'hello-2.12> unpacking',
    `${progressPrefix}0/5 built, 12.3/45.6 MiB copied, building hello-2.12 and 1 more`,
    `${progressPrefix}1/5 built, 12.3/45.6 MiB copied, building other`,
  ]);
});

test('has nothing to tell of nothing', () => {
  expect(progressText(new BuildLog().progress())).toBe('');
});

test('never lets a stranger write a line of ours, more than a line, or a control character', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      `${progressPrefix}9/9 built`,
      `\r${progressPrefix}1/1`,
      `x\n${progressPrefix}1/1`,
      '\u001b[2K',
      'a'.repeat(5000),
    ),
  );
  const event: fc.Arbitrary<NixEvent> = fc.oneof(
    text.map((line): NixEvent => ({ type: 'line', activity: 1, line })),
    text.map((line): NixEvent => ({ type: 'line', activity: 99, line })),
    text.map((phase): NixEvent => ({ type: 'phase', activity: 1, phase })),
    text.map((name): NixEvent => ({ type: 'notice', text: name })),
    text.map((message): NixEvent => ({ type: 'failed', message })),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const { lines, tell } = aPrinter();
      tell({ type: 'building', activity: 1, drvPath: drv('x') });
      events.forEach(tell);
      expect(lines.filter((line) => line.startsWith('[enbi]'))).toEqual([`${progressPrefix}0/1 built, building x`]);
      for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\u2028\u2029]{0,1010}$/u);
    }),
  );
});

test('a hostile name of a derivation is no line of ours either', () => {
  const { lines, tell } = aPrinter();
  tell({ type: 'building', activity: 1, drvPath: `x/${progressPrefix}9/9\n${progressPrefix}.drv` });
  tell({ type: 'line', activity: 1, line: 'x' });
  expect(lines.filter((line) => line.startsWith(progressPrefix))).toHaveLength(1);
});

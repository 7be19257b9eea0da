import { describe, expect, test } from 'vitest';
import { createTerminal, wantsColor } from './terminal.ts';

function told(tell: (terminal: ReturnType<typeof createTerminal>, pass: (ms: number) => void) => void, isTTY = false) {
  let written = '';
  let time = 0;
  const write = (text: string) => {
    written += text;
  };
  const terminal = createTerminal({ output: { write, isTTY, columns: 40 }, color: false, now: () => time });
  tell(terminal, (ms) => {
    time += ms;
  });
  terminal.close();
  return written;
}

describe('a terminal', () => {
  test('numbers the acts and times the lines from the beginning of their act', () => {
    const text = told((terminal, pass) => {
      terminal.act('First');
      pass(1240);
      terminal.say('one\ntwo');
      terminal.act('Second');
      pass(100_000);
      terminal.say('three');
      terminal.print('hint');
    });
    expect(text).toBe('\n1  First\n    1.2 s  one\n           two\n\n2  Second\n  100.0 s  three\n   hint\n');
  });

  test('in a pipe writes what runs now as lines, each once', () => {
    const text = told((terminal) => {
      terminal.live('1 of 2');
      terminal.live('1 of 2');
      terminal.live('2 of 2');
      terminal.live('');
    });
    expect(text).toBe('    0.0 s  1 of 2\n    0.0 s  2 of 2\n');
  });

  test('in a pipe counts requests only now and then', () => {
    const text = told((terminal, pass) => {
      for (let count = 1; count <= 12; count++) {
        terminal.live(`${count} requests`, 'requests');
        pass(1000);
      }
    });
    expect(text).toBe('    0.0 s  1 requests\n    5.0 s  6 requests\n   10.0 s  11 requests\n');
  });

  test('on a screen shows what runs at the same time side by side', () => {
    const text = told((terminal) => {
      terminal.live('building');
      terminal.live('3 requests', 'requests');
    }, true);
    expect(text).toContain('building  ·  3 requests');
  });

  test('leaves empty lines empty', () => {
    expect(told((terminal) => terminal.print('\none\n\ntwo'))).toBe('\n   one\n\n   two\n');
  });

  test('on a screen rewrites one line, below all others', () => {
    const text = told((terminal) => {
      terminal.live('building');
      terminal.say('seen');
    }, true);
    expect(text).toBe('\r\x1b[2K    0.0 s  building\r\x1b[2K    0.0 s  seen\n\r\x1b[2K    0.0 s  building\r\x1b[2K');
  });

  test('never lets the rewritten line wrap', () => {
    const text = told((terminal) => terminal.live('x'.repeat(100)), true);
    expect(text.replaceAll('\r\x1b[2K', '')).toHaveLength(39);
  });
});

describe('colour', () => {
  test('ends with its line and leaves plain text alone', () => {
    let written = '';
    const write = (text: string) => {
      written += text;
    };
    const terminal = createTerminal({ output: { write }, color: true, now: () => 0 });
    terminal.print('a\n\nb', 'bad');
    terminal.print('c');
    terminal.close();
    expect(written).toBe('   \u001b[31ma\u001b[39m\n\n   \u001b[31mb\u001b[39m\n   c\n');
  });

  test.each([
    ['on a screen', true, {}, true],
    ['not in a pipe', false, {}, false],
    ['not when NO_COLOR is set', true, { NO_COLOR: '1' }, false],
    ['when NO_COLOR is empty', true, { NO_COLOR: '' }, true],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, false],
  ])('%s', (_, isTTY, environment, expected) => {
    expect(wantsColor({ write: () => true, isTTY }, environment)).toBe(expected);
  });
});

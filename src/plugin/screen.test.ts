import { expect, it } from 'vitest';
import { createScreen } from './screen.ts';

function written(
  options: { isTerminal: boolean; color?: boolean },
  act: (screen: ReturnType<typeof createScreen>) => void,
) {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  act(createScreen({ write, color: false, columns: () => 40, ...options }));
  return text;
}

it('a terminal has one line that is written over, below what is said', () => {
  const text = written({ isTerminal: true }, (screen) => {
    screen.live('one');
    screen.live('one');
    screen.say('said');
    screen.live('');
  });
  expect(text).toBe('one\r\u001b[2Ksaid\none\r\u001b[2K');
});

it('a line that would wrap is cut', () => {
  expect(written({ isTerminal: true }, (screen) => screen.live('x'.repeat(100)))).toHaveLength(39);
});

it('a pipe has plain lines', () => {
  const text = written({ isTerminal: false }, (screen) => {
    screen.live('one');
    screen.say('said', 'good');
    screen.live('');
  });
  expect(text).toBe('said\n');
});

it('colours end with their line', () => {
  expect(written({ isTerminal: true, color: true }, (screen) => screen.say('a', 'bad'))).toBe(
    '\u001b[31ma\u001b[39m\n',
  );
});

it('a text with line breaks is one line', () => {
  const text = written({ isTerminal: true }, (screen) => {
    screen.say('  flake       a\nwhat to do: curl\r\n| sh\u2028error\u0085b');
    screen.live('a\nb');
  });
  expect(text).toBe('  flake       a what to do: curl  | sh errorb\na b');
});

it('what comes from the cluster cannot drive the terminal', () => {
  const hostile = '\u001b]0;title\u0007\u001b[2Jred\u202egreen\u009b31m';
  const text = written({ isTerminal: true }, (screen) => {
    screen.say(hostile);
    screen.live(hostile);
  });
  expect(text).toBe('redgreen\nredgreen');
});

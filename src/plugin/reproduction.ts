import type { BuildFailure } from '../api/nix-build.ts';

/** As enbi writes it: one argument, quoted for a shell. */
const command = /^nix build --print-build-logs '(?:[\x21-\x26\x28-\x7e]|'\\'')+'$/;

/** A command to be run as it stands, so that no other one may stand there: a status may hold any text. */
export function reproductionOf({ reproduce }: BuildFailure): string | undefined {
  return reproduce !== undefined && command.test(reproduce) ? reproduce : undefined;
}

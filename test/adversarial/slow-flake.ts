import { imageFlake } from './attack-flake.ts';

/** Takes so long that something can happen meanwhile. */
export function slowFlake(name: string, seconds: number) {
  return imageFlake(`echo slow; sleep ${seconds}; mkdir $out; echo ${name} > $out/name`, name);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlakeFiles } from '../support/git-server-manifests.ts';

const imageScript = readFileSync(join(import.meta.dirname, '../../examples/hello/image.sh'), 'utf8');

/**
 * A flake whose builder runs a script of the attacker's with busybox, `$busybox` in it; what it puts into `$out` becomes the
 * image. The git server adds bin/busybox.
 */
export function imageFlake(script: string, name = 'attack'): FlakeFiles {
  return { 'flake.nix': flake(name, 'image'), 'image.sh': imageScript, 'script.sh': script };
}

/** The same, but the script's `$out` is the result: a program that writes an image, or what claims to be one. */
export function resultFlake(script: string, name = 'attack'): FlakeFiles {
  return { 'flake.nix': flake(name, 'result'), 'image.sh': imageScript, 'script.sh': script };
}

function flake(name: string, what: 'image' | 'result'): string {
  return `{
  outputs = { self }: let
    system = "x86_64-linux";
    busybox = "\${./bin}/busybox";
    run = name: args: attributes: derivation ({ inherit name system busybox args; builder = busybox; } // attributes);
    result = run "${name}" [ "sh" ./script.sh ] { inherit archive; };
    archive = imageOf (run "empty" [ "sh" "-c" "mkdir $out" ] { });
    imageOf = files: run "${name}-image" [ "sh" ./image.sh "docker-archive" ] {
      architecture = "amd64";
      repository = "attack";
      tag = "1";
      config = "{}";
      layers = [ (run "${name}-layer.tar" [ "sh" ./image.sh "layer" ] { inherit files; }) ];
    };
    image = imageOf (run "${name}" [ "sh" ./script.sh ] { });
  in { packages.\${system}.default = ${what}; };
}
`;
}

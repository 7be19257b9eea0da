import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlakeFiles } from '../support/git-server-manifests.ts';

const imageScript = readFileSync(join(import.meta.dirname, '../../examples/hello/image.sh'), 'utf8');

/**
 * A flake without inputs: each of its packages is what a script leaves in `$out`, run by busybox, which the git server adds.
 * `$images` is the script of the examples that makes images.
 */
export function flakeOf(scripts: Readonly<Record<string, string>>): FlakeFiles {
  const files = Object.fromEntries(Object.entries(scripts).map(([name, script]) => [`${name}.sh`, script]));
  const packages = Object.keys(scripts).map((name) => `${name} = ./${name}.sh;`);
  return { 'flake.nix': flake(packages.join(' ')), 'image.sh': imageScript, ...files };
}

function flake(packages: string): string {
  return `{
  outputs = { self }: {
    packages.x86_64-linux = builtins.mapAttrs (name: script: derivation {
      inherit name;
      system = "x86_64-linux";
      builder = "\${./bin}/busybox";
      busybox = "\${./bin}/busybox";
      images = ./image.sh;
      args = [ "sh" script ];
    }) { ${packages} };
  };
}
`;
}

/** Lines of a script that make an image of one file in \`$out\`; its configuration is the JSON that is given. */
export function anImage(config: object = {}): string {
  return `
mkdir files
echo "$name" > files/name
files=files out=$PWD/layer.tar $busybox sh $images layer
export layers=$PWD/layer.tar architecture=amd64 repository=attack tag=1
export config='${JSON.stringify(config)}'
$busybox sh $images docker-archive
`;
}

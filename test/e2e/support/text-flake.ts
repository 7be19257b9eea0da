export interface TextFlake {
  /** Where examples/hello is served: its busybox and its image.sh make the image. */
  readonly tools: string;
  /** Further lines of `inputs`. */
  readonly inputs?: string;
  /** A Nix expression of a string: letters, digits, dots and dashes. Sees the inputs, and `textFrom`. */
  readonly text: string;
}

/**
 * flake.nix of an image with one file, the text. The text is in the image's store path too, so that a NixBuild's
 * `status.outPath` tells what was evaluated.
 */
export function textFlake({ tools, inputs = '', text }: TextFlake): string {
  return `{
  inputs.tools = { url = "${tools}"; flake = false; };
  ${inputs}
  outputs = { self, tools, ... }@inputs: with inputs; let
    system = "x86_64-linux";
    busybox = "\${tools}/bin/busybox";
    run = name: args: attributes: derivation ({ inherit name system busybox args; builder = busybox; } // attributes);
    # Import from derivation: a text that is built before the evaluation goes on.
    textFrom = script: import (run "text.nix" [ "sh" "-c" script ] { });
    text = ${text};
    tree = run "tree" [ "sh" "-c" "mkdir $out; echo \${text} > $out/text" ] { };
    layer = run "layer.tar" [ "sh" "\${tools}/image.sh" "layer" ] { files = tree; };
  in {
    packages.\${system}.default = run "says-\${text}" [ "sh" "\${tools}/image.sh" "docker-archive" ] {
      architecture = "amd64";
      repository = "says";
      tag = "1";
      config = "{}";
      layers = [ layer ];
    };
  };
}
`;
}

/** What the image says, of the NixBuild's `status.outPath`. */
export function textOf(outPath: string | undefined): string | undefined {
  return /^\/nix\/store\/[^-]+-says-(.*)$/.exec(outPath ?? '')?.[1];
}

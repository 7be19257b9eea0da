# One image for each of two systems, whose program says where it runs. The one for aarch64-linux is a program of that
# architecture, which is run while it is built: without an emulator the build fails on any other machine. image.sh is the one of
# examples/hello; bin/busybox, for the machine that the tests run on, is added by the git server.
{
  description = "Says on what it runs";

  outputs =
    { self }:
    let
      busybox = "${./bin}/busybox";

      run =
        system: name: script: attributes:
        derivation (
          {
            inherit name system busybox;
            builder = busybox;
            args = [ "sh" "-c" script ];
          }
          // attributes
        );

      imageOf =
        system: architecture: files:
        derivation {
          name = "systems-${architecture}.tar";
          inherit system busybox architecture;
          builder = busybox;
          args = [ "sh" ./image.sh "docker-archive" ];
          repository = "systems";
          tag = "1.0.0";
          layers = [
            (derivation {
              name = "systems-${architecture}-layer.tar";
              inherit system busybox files;
              builder = busybox;
              args = [ "sh" ./image.sh "layer" ];
            })
          ];
          config = builtins.toJSON {
            Entrypoint = [ "/bin/main" "stay" ];
            User = "1000:1000";
          };
        };

      # 207 bytes of machine code: write(1, "run by aarch64\n"), then exit, or ppoll for ever when there is an argument.
      aarch64Program = "f0VMRgIBAQAAAAAAAAAAAAIAtwABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEAAAAFAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAzwAAAAAAAADPAAAAAAAAAAAAAQAAAAAAIACA0iECABDiAYDSCAiA0gEAANTgA0D5HwQA8QABAFQAAIDSAQCA0gIAgNIDAIDSKAmA0gEAANT6//8XAACA0qgLgNIBAADUcnVuIGJ5IGFhcmNoNjQK";
    in
    {
      packages.aarch64-linux.default = imageOf "aarch64-linux" "arm64" (
        run "aarch64-linux" "program" ''
          mkdir -p $out/bin
          echo $program | base64 -d > $out/bin/main
          chmod 755 $out/bin/main
          $out/bin/main > $out/said
        '' { program = aarch64Program; }
      );

      packages.x86_64-linux.default = imageOf "x86_64-linux" "amd64" (
        run "x86_64-linux" "program" ''
          mkdir -p $out/bin
          cp $busybox $out/bin/busybox
          { echo '#!/bin/busybox sh'; echo 'echo run by x86_64; exec busybox sleep 1000000'; } > $out/bin/main
          chmod 755 $out/bin/main
        '' { }
      );
    };
}

# An image as nixpkgs' streamLayeredImage describes it: a wrapper around a program with one argument. The program here would fail
# if it were run. And the archive of it, as buildLayeredImage makes it. image.sh is the one of examples/hello; bin/busybox is added by the git server.
{
  description = "A stream script that is read";

  outputs =
    { self }:
    let
      busybox = "${./bin}/busybox";
      version = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile ./version);

      packagesFor =
        system: architecture:
        let
          run =
            name: script: attributes:
            derivation (
              {
                inherit name system busybox;
                builder = busybox;
                args = [ "sh" "-euc" script ];
              }
              // attributes
            );

          program = run "program" ''
            mkdir -p $out/bin
            cp $busybox $out/bin/busybox
            for applet in cat sh; do ln -s busybox $out/bin/$applet; done
          '' { };
          page = run "page" "mkdir -p $out; echo $version > $out/version" { inherit version; };
          layer = derivation {
            name = "layer.tar";
            inherit system busybox;
            files = run "files" "mkdir -p $out/tmp" { };
            builder = busybox;
            args = [ "sh" ./image.sh "layer" ];
          };
          customisation = run "app-customisation-layer" ''
            mkdir $out
            cp $layer $out/layer.tar
            sha256sum < $layer | cut -d ' ' -f 1 > $out/checksum
          '' { inherit layer; };

          conf = run "app-conf.json" ''
            printf '%s' "$content" > $out
          '' {
            content = builtins.toJSON {
              inherit architecture;
              os = "linux";
              config = {
                Entrypoint = [ "${program}/bin/busybox" "sleep" "1000000" ];
                Env = [ "PATH=${program}/bin" "PAGE=${page}" ];
                User = "1000:1000";
              };
              store_dir = "/nix/store";
              from_image = null;
              store_layers = [ [ "${program}" ] [ "${page}" ] ];
              customisation_layer = "${customisation}";
              repo_tag = "layered:${version}";
              created = "1970-01-01T00:00:01+00:00";
              mtime = "1970-01-01T00:00:01+00:00";
              uid = "0";
              gid = "0";
              uname = "root";
              gname = "root";
            };
          };
          stream = run "stream" ''
            { echo "#! /nix/store/0123456789abcdfghijklmnpqrsvwxyz-python3-3.13.7/bin/python3.13"; cat $text; } > $out
            chmod 755 $out
          '' { text = ./stream.py; };
          script = run "stream-layered" ''
            # As makeWrapper writes it, but for busybox in the place of bash.
            printf '#! %s/sh\nexec "%s"  %s "$@" \n' ''${busybox%/*} $stream $conf > $out
            chmod 755 $out
          '' { inherit stream conf; };

          # Busybox in the place of bash and pigz, and of most of the standard environment.
          bash = run "bash-5.3" ''
            mkdir -p $out/bin
            printf '#! %s sh\nexec %s sh "$@"\n' $busybox $busybox > $out/bin/bash
            chmod 755 $out/bin/bash
          '' { };
          pigz = run "pigz-2.8" ''
            mkdir -p $out/bin
            printf '#! %s sh\nexec %s gzip\n' $busybox $busybox > $out/bin/pigz
            chmod 755 $out/bin/pigz
          '' { };
          stdenv = run "stdenv-linux" "mkdir $out; cp $setup $out/setup" { setup = ./setup.sh; };

          # `runCommand "layered.tar.gz" { nativeBuildInputs = [ pigz ]; } "…"`, all that comes of it.
          archiveOf =
            stream: attributes:
            derivation (
              {
                name = "layered.tar.gz";
                inherit system stdenv;
                builder = "${bash}/bin/bash";
                args = [ "-e" ./source-stdenv.sh ./default-builder.sh ];
                outputs = [ "out" ];
                buildCommand = "${stream} | pigz -p$NIX_BUILD_CORES -nTR > $out";
                passAsFile = [ "buildCommand" ];
                imageName = "layered";
                nativeBuildInputs = [ pigz ];
                enableParallelBuilding = true;
                enableParallelChecking = true;
                enableParallelInstalling = true;
                strictDeps = false;
                __structuredAttrs = false;
                doCheck = false;
                doInstallCheck = false;
                patches = [ ];
                cmakeFlags = [ ];
                configureFlags = [ ];
                mesonFlags = [ ];
                buildInputs = [ ];
                propagatedBuildInputs = [ ];
                propagatedNativeBuildInputs = [ ];
                depsBuildBuild = [ ];
                depsBuildBuildPropagated = [ ];
                depsBuildTarget = [ ];
                depsBuildTargetPropagated = [ ];
                depsHostHost = [ ];
                depsHostHostPropagated = [ ];
                depsTargetTarget = [ ];
                depsTargetTargetPropagated = [ ];
              }
              // attributes
            );
        in
        {
          default = script;
          archive = archiveOf script { };
        };
    in
    {
      packages = {
        x86_64-linux = packagesFor "x86_64-linux" "amd64";
        aarch64-linux = packagesFor "aarch64-linux" "arm64";
      };
    };
}

# A package for every way in which a build goes wrong, and images whose making waits for a word. image.sh is the one of
# examples/hello; bin/busybox is added by the git server.
{
  description = "Trouble";

  outputs =
    { self }:
    let
      busybox = "${./bin}/busybox";

      forEach =
        make:
        builtins.listToAttrs (
          map (name: { inherit name; value = make name; }) [
            "pod-deleted" "pod-evicted" "job-deleted" "build-deleted" "namespace-deleted" "reported"
            "controller-killed" "controller-replaced" "node-killed" "node-gone" "node-lost" "cancelled"
            "uninstalled" "upgraded" "locked-once" "hostile" "agent-killed" "agent-deleted" "kubelet-restarted" "unheard"
          ]
        );

      packagesFor =
        system: architecture:
        let
          run =
            name: script: attributes:
            derivation (
              {
                inherit name system busybox;
                builder = busybox;
                args = [ "sh" "-c" script ];
              }
              // attributes
            );

          image = imageNamed "trouble" architecture;
          imageFor = imageNamed "trouble";

          imageNamed =
            name: architecture: format: layers:
            derivation {
              name = "${name}-${format}";
              inherit system busybox architecture layers;
              builder = busybox;
              args = [ "sh" ./image.sh format ];
              repository = "trouble";
              tag = "1.0.0";
              config = builtins.toJSON {
                Entrypoint = [ "/bin/busybox" "sleep" "1000000" ];
                User = "1000:1000";
              };
            };

          layerOf = files: derivation {
            name = "${files.name}-layer.tar";
            inherit system busybox files;
            builder = busybox;
            args = [ "sh" ./image.sh "layer" ];
          };

          program = run "program" "mkdir -p $out/bin && cp $busybox $out/bin/busybox" { };
          layer = layerOf program;
        in
        {
          # Says so and waits, until somebody makes the file in the Pod: to be built in a namespace that is Unprivileged. One for
          # each of what may happen meanwhile, for Nix builds the same thing once at a time.
          held = forEach (
            name:
            image "docker-archive" [
              layer
              (layerOf (
                run "held-${name}" "echo holding; until [ -e /tmp/released ]; do sleep 0.2; done; mkdir -p $out/${name}" { }
              ))
            ]
          );

          # Take a moment to import, in which the importer can be stopped: it is known by the name of the archive that it has open.
          held-import = forEach (
            name:
            imageNamed "held-import-${name}" architecture "docker-archive" [
              layer
              (layerOf (run "held-import-${name}" "mkdir $out && head -c 150m /dev/zero > $out/${name}" { }))
            ]
          );

          # Takes a moment to import.
          large = image "docker-archive" [
            layer
            (layerOf (run "large" "mkdir $out && head -c 150m /dev/zero > $out/zeros" { }))
          ];

          # Not what was asked for.
          program = program;
          foreign = imageFor (if architecture == "amd64" then "arm64" else "amd64") "docker-archive" [ layer ];

          # Evaluation.
          mistaken = 1 + "a";
          # Not for ever, but 2 to the 40th steps, which ask for no memory and heed no signal.
          endless = builtins.match "(a*)*b" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

          # Builders.
          failing = run "failing" "echo one; echo the reason >&2; exit 3" { };
          ticking = run "ticking" "while :; do echo tick; sleep 0.5; done" { };
          silent = run "silent" "echo started; sleep 100000" { };
          hungry = run "hungry" "echo eating; dd if=/dev/zero of=/dev/null bs=2000M count=1; echo full; sleep 5" { };
          # An image that takes some 150 MB of the store to make.
          bulky = image "docker-archive" [
            layer
            (layerOf (run "bulky" "echo filling; mkdir $out && dd if=/dev/zero of=$out/zeros bs=1M count=50" { }))
          ];
        };
    in
    {
      packages = {
        x86_64-linux = packagesFor "x86_64-linux" "amd64";
        aarch64-linux = packagesFor "aarch64-linux" "arm64";
      };
    };
}

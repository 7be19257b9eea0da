# A web page in a container image, built without any input: the only program needed is the static busybox in bin/, which the
# git server of the examples adds (any static busybox for the system will do).
{
  description = "One web page that tells its version";

  outputs =
    { self }:
    let
      # Nix' name of a system → the name in an image's configuration.
      architectures = {
        x86_64-linux = "amd64";
        aarch64-linux = "arm64";
        armv7l-linux = "arm";
        riscv64-linux = "riscv64";
      };

      version = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile ./version);

      packagesFor =
        system: architecture:
        let
          # A path of its own in the store: the same for every version of the page.
          busybox = "${./bin}/busybox";

          run =
            name: script: command: attributes:
            derivation (
              {
                inherit name system busybox;
                builder = busybox;
                args = [ "sh" script command ];
              }
              // attributes
            );

          # The page is another for every version; the program below it is not, so neither is its layer.
          program = run "hello-program" ./files.sh "program" { serve = ./serve.sh; };
          site = run "hello-site-${version}" ./files.sh "site" {
            inherit version;
            page = ./site/index.html;
          };
          layerOf = files: run "${files.name}-layer.tar" ./image.sh "layer" { inherit files; };

          image =
            format: name:
            run name ./image.sh format {
              inherit architecture;
              repository = "hello";
              tag = version;
              layers = map layerOf [ program site ];
              config = builtins.toJSON {
                Entrypoint = [ "/bin/serve" ];
                Env = [ "PATH=/bin" ];
                ExposedPorts."8080/tcp" = { };
                User = "1000:1000";
              };
            };
        in
        {
          default = image "docker-archive" "hello-${version}.tar";

          # The same image in the other forms that enbi reads.
          docker-archive-gzip = image "docker-archive-gzip" "hello-${version}.tar.gz";
          oci-archive = image "oci-archive" "hello-${version}-oci.tar";
          oci-layout = image "oci-layout" "hello-${version}-oci";
          stream = image "stream" "hello-${version}-stream";

          # Something else, which enbi must refuse.
          not-an-image = program;
        };
    in
    {
      packages = builtins.mapAttrs packagesFor architectures;
    };
}

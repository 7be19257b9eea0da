# A build that fails: to see what enbi tells about it.
{
  description = "Fails after a few lines";

  outputs =
    { self }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "armv7l-linux" "riscv64-linux" ];
      packagesFor = system: {
        default = derivation {
          name = "broken-1.0.0";
          inherit system;
          builder = "${./bin}/busybox";
          args = [ "sh" ./build.sh ];
        };
      };
    in
    {
      packages = builtins.listToAttrs (map (system: { name = system; value = packagesFor system; }) systems);
    };
}

# What a standard environment does with a buildCommand.
set -eu
set -o pipefail
for tool in $nativeBuildInputs; do PATH=$tool/bin:$PATH; done

genericBuild() {
  . "$buildCommandPath"
}

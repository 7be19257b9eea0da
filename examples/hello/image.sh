# Makes container images with nothing but busybox, byte for byte the same every time. What to make is the first argument;
# the rest are variables: out, files (a tree, for a layer), layers, config (JSON), architecture, repository, tag.
set -eu

main() {
  case $1 in
    layer) layer > "$out" ;;
    docker-archive) docker_archive > "$out" ;;
    docker-archive-gzip) docker_archive | gzip > "$out" ;;
    docker-archive-to-stdout) docker_archive ;;
    oci-layout) oci_layout "$out" ;;
    oci-archive) oci_layout layout && (cd layout && tar_tree blobs index.json oci-layout) > "$out" ;;
    stream) stream > "$out" && chmod 755 "$out" ;;
    *) echo "unknown: $1" >&2 && exit 2 ;;
  esac
}

layer() {
  echo "packing $files" >&2
  cd "$files" && tar_tree .
}

# The shape nixpkgs gives it: each layer is named by its digest, manifest.json comes last.
docker_archive() {
  names=
  for layer in $layers; do
    name=$(hex "$layer")/layer.tar
    names="$names${names:+,}\"$name\""
    echo "adding layer $name" >&2
    tar_file "$name" "$layer"
  done
  image_config > "${TMPDIR:-/tmp}/config.json"
  config_name=$(hex "${TMPDIR:-/tmp}/config.json").json
  tar_file "$config_name" "${TMPDIR:-/tmp}/config.json"
  tar_text manifest.json "[{\"Config\":\"$config_name\",\"RepoTags\":[\"$repository:$tag\"],\"Layers\":[$names]}]"
  tar_end
}

# The same image as an OCI layout in the directory $1.
oci_layout() {
  mkdir -p "$1/blobs/sha256"
  type=application/vnd.oci.image
  descriptors=
  for layer in $layers; do
    descriptors="$descriptors${descriptors:+,}$(blob "$1" "$type.layer.v1.tar" < "$layer")"
  done
  config_descriptor=$(image_config | blob "$1" "$type.config.v1+json")
  manifest="{\"schemaVersion\":2,\"mediaType\":\"$type.manifest.v1+json\",\"config\":$config_descriptor,\"layers\":[$descriptors]}"
  manifest_descriptor=$(printf '%s' "$manifest" | blob "$1" "$type.manifest.v1+json")
  printf '{"schemaVersion":2,"manifests":[%s]}' "$manifest_descriptor" > "$1/index.json"
  printf '{"imageLayoutVersion":"1.0.0"}' > "$1/oci-layout"
}

# Keeps what comes in as a blob of the layout $1, and prints its descriptor with the media type $2.
blob() {
  cat > "$1/incoming"
  digest=$(hex "$1/incoming")
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$2" "$digest" "$(size "$1/incoming")"
  mv "$1/incoming" "$1/blobs/sha256/$digest"
}

# A program that writes the docker-archive when it is run, so that the store need not hold every layer twice.
stream() {
  echo "#!$busybox sh"
  for name in architecture repository tag config layers; do
    eval "value=\$$name"
    echo "export $name='$value'"
  done
  echo "exec $busybox sh $0 docker-archive-to-stdout"
}

image_config() {
  diff_ids=
  for layer in $layers; do diff_ids="$diff_ids${diff_ids:+,}\"sha256:$(hex "$layer")\""; done
  variant=
  [ "$architecture" != arm ] || variant='"variant":"v7",'
  printf '{"architecture":"%s",%s"os":"linux","created":"1970-01-01T00:00:01Z",' "$architecture" "$variant"
  printf '"config":%s,"rootfs":{"type":"layers","diff_ids":[%s]}}' "$config" "$diff_ids"
}

hex() {
  sha256sum < "$1" | cut -d ' ' -f 1
}

size() {
  stat -L -c %s "$1"
}

# --- tar, because busybox' own keeps the owner of files and the order of the disk ---

# These paths of the working directory with all below them, sorted, owned by root.
tar_tree() { # PATH...
  find "$@" | LC_ALL=C sort | while read -r path; do
    if [ -L "$path" ]; then
      tar_header "$path" 2 777 0 "$(readlink "$path")"
    elif [ -d "$path" ]; then
      tar_header "$path/" 5 755 0
    elif [ -x "$path" ]; then
      tar_file "$path" "$path" 755
    else
      tar_file "$path" "$path"
    fi
  done
  tar_end
}

tar_file() { # NAME FILE [MODE]
  tar_header "$1" 0 "${3:-644}" "$(size "$2")"
  cat "$2"
  zeros $(((512 - $(size "$2") % 512) % 512))
}

tar_text() { # NAME TEXT
  tar_header "$1" 0 644 ${#2}
  printf '%s' "$2"
  zeros $(((512 - ${#2} % 512) % 512))
}

tar_end() {
  zeros 1024
}

# The checksum is the sum of the header's bytes with its own field blank.
tar_header() { # NAME TYPE MODE SIZE [LINK]
  checksum=$(tar_fields '        ' "$@" | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++) sum += $i } END { printf "%06o", sum }')
  tar_fields "$checksum\0 " "$@"
}

tar_fields() { # CHECKSUM NAME TYPE MODE SIZE [LINK]
  field 100 "$2"
  printf '%07d\0%07d\0%07d\0%011o\0%011o\0' "$4" 0 0 "$5" 1
  printf "$1%s" "$3"
  field 100 "${6:-}"
  printf 'ustar\00000'
  zeros 247
}

field() { # WIDTH TEXT
  printf '%s' "$2"
  zeros $(($1 - ${#2}))
}

zeros() {
  head -c "$1" /dev/zero
}

main "$1"

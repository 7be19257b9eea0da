#!/bin/sh
# Serves directories of flake sources as git repositories, with nothing but enbi's own image. From
# $SOURCES/<repository>/<tag>/… (default of SOURCES: /flakes) come
#
#   git://HOST/<repository>?ref=refs/tags/<tag>                           port 9418
#   git+http://HOST:8080/cgi-bin/git/<repository>?ref=refs/tags/<tag>     user enbi, password $PASSWORD, if that is set
#
# Each tag is one commit, in the order of the tags' names; bin/busybox is added to it, for the flakes build with nothing else.
# Names and dates are fixed, so the same sources have the same revisions wherever they are served.
set -eu

sources=${SOURCES:-/flakes}
served=${SERVED:-/srv}
export GIT_AUTHOR_NAME=enbi GIT_AUTHOR_EMAIL=enbi@example.invalid
export GIT_COMMITTER_NAME=enbi GIT_COMMITTER_EMAIL=enbi@example.invalid
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
scratch=$(mktemp -d)

make_repository() { # REPOSITORY
  rm -rf "$served/$1.git" "$scratch/work"
  git init --quiet --bare --initial-branch=main "$served/$1.git"
  git -C "$served/$1.git" config uploadpack.allowAnySHA1InWant true # Nix asks for a revision by its hash
  minute=0
  for version in "$sources/$1"/*/; do
    minute=$((minute + 1))
    commit_version "$1" "$(basename "$version")" "$minute"
  done
}

commit_version() { # REPOSITORY TAG MINUTE
  rm -rf "$scratch/work"
  mkdir -p "$scratch/work"
  cp -RL "$sources/$1/$2/." "$scratch/work"
  mkdir -p "$scratch/work/bin"
  [ -e "$scratch/work/bin/busybox" ] || cp /usr/bin/busybox "$scratch/work/bin/busybox"
  # A mounted ConfigMap keeps no modes, and they are part of a commit.
  chmod -R u+rwX,go+rX "$scratch/work"
  find "$scratch/work" -type f -exec chmod 644 {} +
  chmod 755 "$scratch/work/bin/busybox"
  export GIT_AUTHOR_DATE="$((1767225600 + $3 * 60)) +0000" GIT_COMMITTER_DATE="$((1767225600 + $3 * 60)) +0000"
  git="git --git-dir=$served/$1.git --work-tree=$scratch/work"
  $git add --all --force .
  $git commit --quiet --allow-empty --message "$1 $2"
  $git tag "$2"
  echo "$1 $2 is $($git rev-parse HEAD)"
}

serve_http() {
  mkdir -p "$served/http/cgi-bin"
  printf '#!/bin/sh\nexport GIT_PROJECT_ROOT=%s GIT_HTTP_EXPORT_ALL=1\nexec git http-backend\n' "$served" > "$served/http/cgi-bin/git"
  chmod 755 "$served/http/cgi-bin/git"
  : > "$served/http.conf"
  [ -z "${PASSWORD:-}" ] || echo "/cgi-bin:enbi:$PASSWORD" > "$served/http.conf"
  busybox httpd -p 8080 -h "$served/http" -c "$served/http.conf" -r flakes
}

for repository in "$sources"/*/; do make_repository "$(basename "$repository")"; done
rm -rf "$scratch"
serve_http
echo "serving $sources"
exec git daemon --export-all --base-path="$served" --reuseaddr --informative-errors "$served"

# Makes the directory trees that become the image's layers. Run by busybox, which finds its own applets without a PATH.
set -eu

program() {
  echo "putting together busybox and its server"
  mkdir -p "$out/bin" "$out/etc"
  cp "$busybox" "$out/bin/busybox"
  cp "$serve" "$out/bin/serve"
  chmod 755 "$out/bin/busybox" "$out/bin/serve"
  for applet in sh cat ls ps wget; do ln -s busybox "$out/bin/$applet"; done
  echo 'hello:x:1000:1000::/:/bin/sh' > "$out/etc/passwd"
}

site() {
  echo "writing the page of version $version"
  mkdir -p "$out/www"
  sed "s/@version@/$version/" "$page" > "$out/www/index.html"
  echo "$version" > "$out/www/version"
}

"$1"

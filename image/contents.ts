/**
 * What enbi's image holds, as data. From Debian's packages only the named programs and files are kept, with the libraries
 * the programs are linked to: what is not named here is not in the image.
 */
export const suite = 'forky';

/** nix of older suites is below the security floor; libc-bin brings the locale C.UTF-8. */
export const packages: readonly string[] = [
  'nix-bin',
  'git',
  'openssh-client',
  'busybox-static',
  'bash-static',
  'ca-certificates',
  'nodejs',
  'util-linux',
  'libc-bin',
  // The texts of the usual licences, which copyright files refer to.
  'base-files',
];

/** Never unpacked: large, and nothing below needs them. Patterns of dpkg's path-exclude. */
export const neverUnpacked: readonly string[] = [
  // Not the links in it, by which packages of one source share a directory.
  '/usr/share/doc/*/*',
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/usr/share/perl/*',
  '/usr/lib/systemd/*',
  '/usr/lib/udev/*',
  '/usr/lib/*/perl/*',
  '/usr/lib/*/perl-base/*',
];

/** Unpacked all the same. Patterns of dpkg's path-include. */
export const unpackedAllTheSame: readonly string[] = ['/usr/share/doc/*/copyright'];

/** Globs below the unpacked packages; every file kept that is a program or library brings the libraries it needs. */
export const kept: readonly string[] = [
  'usr/bin/nix*',
  'usr/libexec/nix/**',
  'usr/bin/git*',
  'usr/lib/git-core/git*',
  'usr/share/git-core/**',
  'usr/bin/ssh',
  'usr/bin/ssh-{add,agent,keygen,keyscan}',
  'etc/ssh/ssh_config',
  'usr/bin/{node,nodejs}',
  // Node's own modules that Debian keeps outside of its library.
  'usr/share/nodejs/{acorn,acorn-walk,cjs-module-lexer,undici,minimatch,balanced-match,brace-expansion}/**',
  'usr/bin/{busybox,bash-static}',
  'usr/bin/{unshare,setpriv,flock,nsenter}',
  'usr/share/ca-certificates/mozilla/**',
  'usr/lib/locale/C.utf8/**',
  'etc/debian_version',
  'usr/share/common-licenses/**',
];

/** Loaded by name at run time, so no program is linked to them; looked up in the directories of libraries. */
export const loadedByName: readonly string[] = ['libnss_dns.so.2', 'libnss_files.so.2', 'libgcc_s.so.1'];

/** Taken out of what the globs found: programs of git that need perl or python, tcl, or a mail server. */
export const dropped: readonly string[] = [
  'usr/lib/git-core/git-{imap-send,http-push,shell,instaweb,send-email,svn,p4,cvsserver,quiltimport,filter-branch}',
  'usr/bin/git-shell',
  'usr/share/git-core/templates/hooks/*.sample',
  'usr/share/nodejs/undici/types', // a link to declarations
];

/** Links from /usr/bin to busybox, for scripts of git, for stores' shebangs in unsandboxed builds, and for `kubectl exec`. */
export const applets: readonly string[] = (
  '[ [[ awk base64 basename bunzip2 bzcat bzip2 cat chgrp chmod chown chroot clear cmp cp cut date dd df diff dirname du ' +
  'echo ed egrep env expand expr factor fallocate false fgrep find fold free getopt grep groups gunzip gzip head hexdump ' +
  'hostname httpd id ip kill killall less link ln ls lzcat md5sum mkdir mkfifo mknod mktemp more mount mv nc netstat nice ' +
  'nl nproc nslookup od paste patch pidof ping pivot_root printf ps pwd readlink realpath renice reset rev rm rmdir sed seq setsid ' +
  'sha1sum sha256sum sha384sum sha512sum shred shuf sleep sort stat strings stty sync tac tail tar taskset tee test time ' +
  'timeout top touch tr true truncate tty umount uname unexpand uniq unlink unxz unzip uptime vi watch wc wget which ' +
  'whoami xargs xxd xz xzcat yes zcat'
).split(' ');

/** Debian merged these into /usr; the links belong to a package that only works when its scripts run. */
export const links: Readonly<Record<string, string>> = {
  bin: 'usr/bin',
  sbin: 'usr/sbin',
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  // Where OpenSSL looks when no variable tells it.
  'usr/lib/ssl/cert.pem': '/etc/ssl/certs/ca-certificates.crt',
  'usr/lib/ssl/certs': '/etc/ssl/certs',
  // The shell Debian's Nix was compiled to show sandboxed builds: unsandboxed ones see the same.
  'usr/bin/sh': 'bash-static',
  'usr/bin/bash': 'bash-static',
};

/** Directories and their modes; what runs as uid 1000 with a read-only root writes to /tmp and to volumes only. */
export const directories: Readonly<Record<string, number>> = {
  nix: 0o755,
  root: 0o700,
  'home/enbi': 0o755,
  tmp: 0o1777,
  'var/tmp': 0o1777,
  run: 0o755,
  proc: 0o555,
  sys: 0o555,
  dev: 0o755,
  srv: 0o755,
  mnt: 0o755,
  'usr/sbin': 0o755,
  'usr/lib64': 0o755,
  'usr/lib/ssl': 0o755,
};

export const files: Readonly<Record<string, string>> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'enbi:x:1000:1000:enbi:/home/enbi:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  'etc/group': 'root:x:0:\nenbi:x:1000:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n',
  // Runtimes mount theirs over these, which a read-only root must have.
  'etc/resolv.conf': '',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'etc/hostname': 'enbi\n',
  'etc/os-release': 'ID=enbi\nID_LIKE=debian\nNAME=enbi\nPRETTY_NAME="enbi, from Debian packages"\n',
};

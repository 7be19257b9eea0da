import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandResult, run, runOrThrow } from '../../cluster/command.ts';
import { enterRootfs } from '../../image/enter.ts';
import { ensureRootfs } from '../../image/rootfs.ts';
import { portOf } from '../kubectl/recorded-api.ts';
import { makeNixDirectory, offlineNixConfig } from '../support/nix.ts';

const flake = `{
  outputs = { self }: {
    packages.x86_64-linux = rec {
      default = derivation {
        name = "hello"; system = "x86_64-linux"; builder = "\${./bin}/busybox"; args = [ "sh" "-c" "echo it is built; echo > $out" ];
      };
      "it's" = default // { name = "its"; };
    };
  };
}`;

/** A workstation with Nix and flakes, and a repository that it reaches. */
export class NixOfReader implements Disposable {
  readonly flakeUrl: string;
  readonly rev: string;
  readonly #rootfs: string;
  readonly #directory: string;
  readonly #daemon: ChildProcess;

  private constructor(directory: string, at: { rootfs: string; daemon: ChildProcess; port: number }) {
    this.#directory = directory;
    this.#rootfs = at.rootfs;
    this.#daemon = at.daemon;
    this.flakeUrl = `git://127.0.0.1:${at.port}/hello?ref=refs/tags/1.0`;
    this.rev = git(join(directory, 'hello'), 'rev-parse', 'HEAD');
  }

  static async start(directory: string): Promise<NixOfReader> {
    const rootfs = await ensureRootfs('amd64', (line) => console.log(line));
    commitFlake(join(directory, 'hello'));
    const port = await freePort();
    const args = ['daemon', '--reuseaddr', `--base-path=${directory}`, '--export-all', '--listen=127.0.0.1'];
    // A group of its own: `git daemon` is two processes.
    const daemon = spawn('git', [...args, `--port=${port}`], { stdio: 'ignore', detached: true });
    for (let tries = 0; tries < 100 && !(await answers(port)); tries++) await sleep(100);
    return new NixOfReader(directory, { rootfs, daemon, port });
  }

  /** Each time in an empty store, so that what is to be built is built. */
  async copied(command: string): Promise<CommandResult> {
    const words = await runOrThrow(['sh', '-c', `for word in ${command}; do printf '%s\\0' "$word"; done`]);
    const nix = makeNixDirectory(join(this.#directory, `store-${this.#stores++}`));
    const entry = { rootfs: this.#rootfs, binds: { '/nix': nix }, env: { NIX_CONFIG: offlineNixConfig } };
    // `nix build` leaves a link where it is run.
    return await run(
      enterRootfs(entry, ['/usr/bin/sh', '-c', 'cd /tmp && exec "$@"', 'sh', ...words.split('\0').slice(0, -1)]),
    );
  }

  #stores = 0;

  [Symbol.dispose](): void {
    if (this.#daemon.pid !== undefined) process.kill(-this.#daemon.pid, 'SIGKILL');
  }
}

function commitFlake(tree: string): void {
  mkdirSync(join(tree, 'bin'), { recursive: true });
  writeFileSync(join(tree, 'flake.nix'), flake);
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
  git(tree, 'init', '--quiet');
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '--message', 'hello');
  git(tree, 'tag', '1.0');
}

function git(cwd: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...author, ...args], { cwd, encoding: 'utf8' }).trim();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const { code } = await run(['git', 'ls-remote', `git://127.0.0.1:${port}/hello`]);
  return code === 0;
}

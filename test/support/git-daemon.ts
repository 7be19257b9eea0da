import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export type Files = Readonly<Record<string, string | { readonly copyOf: string }>>;

export interface GitServer {
  url(repository: string): string;
  rev(repository: string): string;
  commit(repository: string, files: Files): void;
  run(repository: string, ...args: string[]): string;
  start(): Promise<void>;
  stop(): void;
}

/** Repositories that this machine serves to whoever asks. */
export async function serveGit(directory: string): Promise<GitServer> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  let daemon: ChildProcess | undefined;
  const run = (repository: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      cwd: join(directory, repository),
      encoding: 'utf8',
    }).trim();
  const server: GitServer = {
    url: (repository) => `git://127.0.0.1:${port}/${repository}`,
    rev: (repository) => run(repository, 'rev-parse', 'HEAD'),
    run,
    commit: (repository, files) => {
      const tree = join(directory, repository);
      if (!existsSync(tree)) execFileSync('git', ['init', '--quiet', '--initial-branch=main', tree]);
      for (const [name, content] of Object.entries(files)) writeInto(join(tree, name), content);
      run(repository, 'add', '--all');
      run(repository, 'commit', '--quiet', '--allow-empty', '--message', 'change');
    },
    start: async () => {
      const args = [
        'daemon',
        '--reuseaddr',
        `--base-path=${directory}`,
        '--export-all',
        '--listen=127.0.0.1',
        `--port=${port}`,
      ];
      // A group of its own: `git daemon` is two processes.
      daemon = spawn('git', args, { stdio: 'ignore', detached: true });
      await untilListening(port);
    },
    stop: () => {
      if (daemon?.pid !== undefined) process.kill(-daemon.pid, 'SIGKILL');
      daemon = undefined;
    },
  };
  await server.start();
  return server;
}

function writeInto(path: string, content: Files[string]): void {
  mkdirSync(join(path, '..'), { recursive: true });
  if (typeof content === 'string') writeFileSync(path, content);
  else copyFileSync(content.copyOf, path);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilListening(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    try {
      execFileSync('git', ['ls-remote', `git://127.0.0.1:${port}/none`], { stdio: 'pipe' });
    } catch (error) {
      if (String(error).includes('not exported')) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('git daemon does not answer');
}

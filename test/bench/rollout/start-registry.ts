import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../cluster/command.ts';

/** containerd speaks plain HTTP to a registry on its own loopback, so nothing has to be configured. */
export const registryAddress = '127.0.0.1:5000';

/** Debian's docker-registry in the network of the node, its images in `folder`. */
export async function startRegistry(inNode: readonly string[], folder: string): Promise<AsyncDisposable> {
  const config = join(folder, 'config.yml');
  const storage = { filesystem: { rootdirectory: join(folder, 'images') } };
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: registryAddress } }),
  );
  const [program = '', ...args] = inNode;
  const serve = ['/usr/bin/docker-registry', 'serve', config];
  const child = spawn(program, [...args, ...serve], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const listens = async () => (await run([...inNode, 'skopeo', 'list-tags', ...plain, probe])).stderr;
  // An empty registry knows no such repository, but it is the one to say so.
  for (let attempt = 0; !(await listens()).includes('404 (Not Found)'); attempt++) {
    if (attempt > 50) throw new Error(`the registry does not answer: ${await listens()}`);
    await sleep(100);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

const plain = ['--tls-verify=false'];
const probe = `docker://${registryAddress}/none`;

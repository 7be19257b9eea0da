import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroups } from './cgroups.ts';
import { run } from './command.ts';
import { killAndWait, markedDaemons } from './daemon.ts';
import { removeNetwork } from './network.ts';
import type { Folder } from './state.ts';

/**
 * Removes everything a cluster has on the machine, however far its `up` came: all of it is found from the cluster's name
 * alone. Safe to repeat; whoever calls holds the cluster's lock.
 */
export async function tearDown(folder: Folder): Promise<void> {
  await killEverything(folder);
  await removeCgroups(folder);
  const namespaces = existsSync(folder.netns) ? await readdir(folder.netns) : [];
  await removeNetwork(
    folder,
    namespaces.map((name) => join(folder.netns, name)),
  );
  await removeFolder(folder.root);
  // Other clusters may still live beside it.
  await rmdir(dirname(folder.root)).catch(() => undefined);
}

async function killEverything(folder: Folder): Promise<void> {
  // A process that is killed here may just have started another.
  for (let found = await markedDaemons(folder); found.length > 0; found = await markedDaemons(folder)) {
    await killAndWait(found);
  }
}

/** A helper that an interrupted `up` had just started may still be writing; it ends within moments. */
async function removeFolder(root: string): Promise<void> {
  for (let attempt = 0; existsSync(root); attempt++) {
    await unmountBelow(root);
    await rm(root, { recursive: true, force: true }).catch((error: unknown) => {
      if (attempt === 50) throw error;
    });
    if (existsSync(root)) await sleep(100);
  }
}

/** Nodes mount in namespaces of their own; this is for what must never be reached by the removal of the folder. */
async function unmountBelow(root: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const points = mounts.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  const below = points.filter((point) => point.startsWith(`${root}/`)).toReversed();
  for (const point of below) await run(['umount', '--lazy', point]);
}

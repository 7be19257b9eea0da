import { readdir } from 'node:fs/promises';
import { find } from './cluster.ts';
import { findDaemon } from './daemon.ts';
import { howToUse } from './how-to-use.ts';
import { folderOf, readRecord } from './state.ts';

/** Whether the cluster is up, how to use it, and one line for each of its processes, for people. */
export async function describe(name: string): Promise<string> {
  const folder = folderOf(name);
  const record = await readRecord(folder);
  if (record === undefined) return `no cluster "${name}"\n`;
  const cluster = await find(name);
  const state = cluster === undefined ? 'not completely up' : 'up';
  const use = cluster === undefined ? [] : howToUse(cluster).map((line) => `  ${line}\n`);
  const recorded = await readdir(folder.run).catch(() => []);
  const lines = recorded
    .toSorted((a, b) => a.localeCompare(b))
    .map(async (file) => {
      const process = file.replace(/\.json$/, '');
      const daemon = await findDaemon(folder, process);
      return `  ${process.padEnd(24)} ${daemon === undefined ? 'not running' : `pid ${daemon.pid}`}\n`;
    });
  return [`${name}: ${state}\n`, ...use, ...(await Promise.all(lines))].join('');
}

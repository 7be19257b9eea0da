import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../cluster/cluster.ts';
import { type CommandResult, run } from '../../cluster/command.ts';

export const controller = 'system:serviceaccount:enbi:enbi-controller';
export const uninstallation = 'system:serviceaccount:enbi:enbi-uninstall';

/** A manifest with something in it that is another: `{ 'spec|hostPID': true }`; `volumes|0` is the first of a list, `volumes|+` one more. */
export function changed(manifest: object, changes: Readonly<Record<string, unknown>>): object {
  const copy: unknown = structuredClone(manifest);
  for (const [path, value] of Object.entries(changes)) put(copy as Node, path.split('|'), value);
  return copy as object;
}

type Node = Record<string, unknown>;

function put(node: Node, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (Array.isArray(node) && key === '+') node.push(value);
  else if (rest.length > 0) {
    node[key] ??= rest[0] === '+' ? [] : {};
    put(node[key] as Node, rest, value);
  } else if (value === undefined) delete node[key];
  else node[key] = value;
}

/** Asks a real API server as somebody else. */
export class Requests {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** What the API server says of it, although nothing is made. Empty: it would be. */
  async dryRun(user: string, verb: 'create' | 'replace', manifest: object): Promise<string> {
    return answerOf(await this.kubectl(user, [verb, '--dry-run=server', '-f', '-'], JSON.stringify(manifest)));
  }

  async ask(user: string, ...args: readonly string[]): Promise<string> {
    return answerOf(await this.kubectl(user, args));
  }

  /** What the API server says of a merge patch, although nothing is changed. The patch may be longer than an argument. */
  async dryRunPatch(user: string, of: readonly string[], patch: object): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'enbi-patch-'));
    try {
      const file = join(directory, 'patch.json');
      await writeFile(file, JSON.stringify(patch));
      return await this.ask(user, 'patch', ...of, '--dry-run=server', '--type=merge', `--patch-file=${file}`);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  async kubectl(user: string, args: readonly string[], stdin?: string): Promise<CommandResult> {
    const { kubectlPath, kubeconfig } = this.#cluster;
    const impersonated = user === '' ? [] : [`--as=${user}`];
    const options = stdin === undefined ? {} : { stdin };
    return await run([kubectlPath, `--kubeconfig=${kubeconfig}`, ...impersonated, ...args], options);
  }

  /** Policies are looked at some moments after they are made: until then nothing is refused. */
  async settled(user: string, manifest: object): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (/denied request/.test(await this.dryRun(user, 'create', manifest))) return;
      await sleep(100);
    }
    throw new Error(`nothing refuses ${JSON.stringify(manifest)}`);
  }
}

function answerOf({ code, stderr }: CommandResult): string {
  return code === 0 ? '' : stderr.trim();
}

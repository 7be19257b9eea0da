import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connectTo, type Services } from '../../src/adapters/containerd/connection.ts';
import type { Reason } from '../../src/api/reasons.ts';
import type { ImportResult } from '../../src/api/result.ts';
import { asError } from '../../src/errors.ts';
import type { TestContainerd } from '../support/containerd.ts';
import { anImportPod, anOwner, type ImportPod } from '../support/import-pod.ts';
import { collectGarbage, contentOf, flawOf, removeImage } from './containerd-content.ts';
import type { HostileImage } from './hostile-image.ts';
import { Outside, place, remove } from './place.ts';

/** What may be said of a hostile image: all are the user's to mend. */
export const userReasons: ReadonlySet<string> = new Set<Reason>([
  'NotAnImage',
  'InvalidArchive',
  'ImageTooLarge',
  'ReservedLabel',
  'DigestMismatch',
  'PlatformMismatch',
]);

/** Longer than any of these images takes on a busy machine. */
const patienceMs = 20_000;

export interface Verdict {
  readonly image: HostileImage;
  /** `loaded`, or the reason why not. */
  readonly outcome: string;
  /** What must not be; undefined when all is well. */
  readonly finding?: string;
}

/** Hands hostile images to the real importer before a real containerd, and looks at what became of each. */
export class HostileImports implements AsyncDisposable {
  readonly #daemon: TestContainerd;
  readonly #pod: ImportPod;
  readonly #connection: Connection;
  readonly #services: Services;
  readonly #outside: Outside;
  #before: readonly string[] = [];

  private constructor(daemon: TestContainerd, pod: ImportPod, outside: Outside) {
    this.#daemon = daemon;
    this.#pod = pod;
    this.#connection = connectTo(daemon.socket);
    this.#services = this.#connection.services();
    this.#outside = outside;
  }

  static async into(daemon: TestContainerd): Promise<HostileImports> {
    const pod = await anImportPod(daemon.socket);
    const imports = new HostileImports(daemon, pod, await Outside.beside(pod.store));
    imports.#before = await contentOf(imports.#services, daemon);
    return imports;
  }

  async judge(image: HostileImage): Promise<Verdict> {
    const base = `0123456789abcdfghijklmnpqrsvwxyz-${image.seed}`;
    const path = join(this.#pod.store, base);
    await place(image, path);
    try {
      const name = `r.example/hostile/image:${image.seed}`;
      const order = { outPath: `/nix/store/${base}`, imageName: name };
      const result = await Promise.race([this.#pod.import(order), sleep(patienceMs, undefined, { ref: false })]);
      const outcome = result?.ok === true ? 'loaded' : (result?.reason ?? 'nothing');
      const finding = (await this.#flaw(result, name)) ?? (await this.#trace());
      return { image, outcome, ...(finding === undefined ? {} : { finding }) };
    } catch (thrown) {
      return { image, outcome: 'thrown', finding: `threw ${asError(thrown).stack}` };
    } finally {
      await remove(image, path);
    }
  }

  async #flaw(result: ImportResult | undefined, name: string): Promise<string | undefined> {
    if (result === undefined) return `did not end within ${patienceMs} ms`;
    if (result.ok) {
      const flaw = await flawOf(this.#services, name);
      await removeImage(this.#services, name);
      return flaw;
    }
    const isTheUsers = userReasons.has(result.reason) && !result.retry;
    return isTheUsers ? undefined : `failed with ${JSON.stringify(result)}`;
  }

  /** What is left of the image in containerd, or beside the store. */
  async #trace(): Promise<string | undefined> {
    let [left, gone] = await this.#changes();
    if (left.length > 0) {
      await collectGarbage(this.#services);
      [left, gone] = await this.#changes();
    }
    // Told once.
    this.#before = [...this.#before.filter((one) => !gone.includes(one)), ...left];
    if (left.length + gone.length > 0) return `left behind: ${left.join(', ')}; taken away: ${gone.join(', ')}`;
    const { root, store, memory } = this.#pod;
    const beside = await Promise.all([root, dirname(memory), dirname(store)].map((directory) => readdir(directory)));
    const strange = beside.flat().filter((name) => !expectedBeside.has(name));
    return strange.length > 0 ? `made ${strange.join(', ')} beside the store` : this.#outside.trace();
  }

  async #changes(): Promise<[left: string[], gone: string[]]> {
    const now = await contentOf(this.#services, this.#daemon);
    return [now.filter((one) => !this.#before.includes(one)), this.#before.filter((one) => !now.includes(one))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outside[Symbol.asyncDispose]();
    await this.#pod[Symbol.asyncDispose]();
    this.#connection.close();
  }
}

const expectedBeside = new Set(['stores', 'imports', anOwner.namespace, 'store', 'outside']);

/** Keeps the archive of a finding; of a directory its seed says enough. */
export async function keep({ image, outcome, finding }: Verdict, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `hostile-${image.seed}`);
  await writeFile(`${path}.txt`, `seed ${image.seed}\n${image.story}\n${outcome}\n${finding}\n`);
  if (Buffer.isBuffer(image.output)) await writeFile(`${path}.tar`, image.output);
  return `${path}.txt`;
}

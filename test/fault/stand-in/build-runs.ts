import { label } from '../../../src/api/labels.ts';
import { controllerOf, type Live } from '../server/live.ts';
import { nodeOf } from './pods.ts';

/** One run of the container `build`. */
export interface BuildRun {
  /** The NixBuild's uid. */
  readonly build: string;
  readonly job: string;
  readonly node: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly succeeded?: boolean;
}

/** All builds that ran, whatever became of the objects that began them. */
export class BuildRuns {
  readonly #runs: BuildRun[] = [];

  get all(): readonly BuildRun[] {
    return this.#runs;
  }

  get isAnyUnderWay(): boolean {
    return this.#runs.some(({ endedAt }) => endedAt === undefined);
  }

  begin(pod: Live, startedAt: number): void {
    const build = pod.metadata.labels?.[label.buildUid] ?? '';
    this.#runs.push({ build, job: jobOf(pod), node: nodeOf(pod), startedAt });
  }

  /** The Pod's run ends, if it has one that has not ended. */
  end(pod: Live, endedAt: number, succeeded = false): void {
    this.#end(({ job }) => job === jobOf(pod), { endedAt, succeeded });
  }

  /** A node that nobody hears from: what runs there may run, and nobody can be blamed for not knowing. */
  lose(node: string, endedAt: number): void {
    this.#end((run) => run.node === node, { endedAt, succeeded: false });
  }

  #end(isMeant: (run: BuildRun) => boolean, ending: Pick<BuildRun, 'endedAt' | 'succeeded'>): void {
    this.#runs.forEach((run, index) => {
      if (run.endedAt === undefined && isMeant(run)) this.#runs[index] = { ...run, ...ending };
    });
  }
}

function jobOf(pod: Live): string {
  return controllerOf(pod)?.name ?? '';
}

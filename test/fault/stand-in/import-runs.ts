/** One time that an agent carried out an import. */
export interface ImportRun {
  /** The NixBuild's uid. */
  readonly build: string;
  readonly node: string;
  /** The Pod of the agent, by uid. */
  readonly agent: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The image is on the node. */
  readonly loaded?: boolean;
}

/** All imports that were begun, whatever became of those who asked for them. */
export class ImportRuns {
  readonly #runs: ImportRun[] = [];

  get all(): readonly ImportRun[] {
    return this.#runs;
  }

  get isAnyUnderWay(): boolean {
    return this.#runs.some(({ endedAt }) => endedAt === undefined);
  }

  begin(run: Pick<ImportRun, 'build' | 'node' | 'agent' | 'startedAt'>): void {
    this.#runs.push(run);
  }

  end({ build, agent }: Pick<ImportRun, 'build' | 'agent'>, endedAt: number, loaded: boolean): void {
    this.#end((run) => run.agent === agent && run.build === build, { endedAt, loaded });
  }

  /** The agent is dead, and all that it did with it. */
  endOf(agent: string, endedAt: number): void {
    this.#end((run) => run.agent === agent, { endedAt, loaded: false });
  }

  #end(isMeant: (run: ImportRun) => boolean, ending: Pick<ImportRun, 'endedAt' | 'loaded'>): void {
    this.#runs.forEach((run, index) => {
      if (run.endedAt === undefined && isMeant(run)) this.#runs[index] = { ...run, ...ending };
    });
  }
}

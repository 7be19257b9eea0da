interface JobCommand {
  readonly description: string;
  /** Returns the exit code. */
  readonly run: () => Promise<number>;
}

/** What the containers of Jobs run, without any argument: their order is a file. */
export const jobCommands: Readonly<
  Record<'fetch' | 'build' | 'fetch-listed' | 'build-listed' | 'agent' | 'agent-child', JobCommand>
> = {
  fetch: {
    description: 'in a build Job: locks the flake and fetches it and its inputs into the store',
    run: async () => (await import('./fetch.ts')).runFetch(),
  },
  build: {
    description: 'in a build Job: builds the package, without credentials',
    run: async () => (await import('./build.ts')).runBuild(),
  },
  // What a cancelled order still waits for keeps neither from its end: the loop kills it.
  'fetch-listed': {
    description: 'in a builder that stays: the same for the next order of its list',
    run: async () => process.exit(await (await import('./fetch.ts')).runListedFetch()),
  },
  'build-listed': {
    description: 'in a builder that stays: the same for the next order of its list',
    run: async () => process.exit(await (await import('./build.ts')).runListedBuild()),
  },
  agent: {
    description: "on each node with work: loads images into the node's containerd, as orders say",
    run: async () => (await import('./agent.ts')).runAgent(),
  },
  'agent-child': {
    description: 'in an agent: one import, in a process of its own',
    run: async () => (await import('./agent-child.ts')).runAgentChild(),
  },
};

import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

/** What became of one stage of an attempt. */
export interface StageEnd {
  readonly stage: string;
  /** `Succeeded`, or the reason why not. */
  readonly outcome: string;
}

export interface BuildMetrics {
  stageEnded(end: StageEnd): void;
  /** From the first attempt to the loaded image. */
  buildSucceeded(seconds: number): void;
  /** From the order to the confirmed image. */
  imageLoaded(seconds: number): void;
  /** On how many nodes an agent runs, asked for at every scrape. */
  countAgents(count: () => number): void;
  /** How many builders run, by what they do, asked for at every scrape. */
  countBuilders(count: () => ReadonlyMap<string, number>): void;
  /** How many NixBuilds are kept, by status, asked for at every scrape. */
  countBuilds(count: () => ReadonlyMap<string, number>): void;
  /** How many objects of a kind are left out, asked for at every scrape. */
  countLeftOut(kind: string, count: () => number): void;
}

// From a warm store (a second) to a large package (an hour).
const buckets = [1, 2, 5, 10, 30, 60, 180, 600, 1800, 3600, 7200];

// From an image of which the node has all layers to one that nothing is known of.
const importBuckets = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];

export function createBuildMetrics(registry: Registry): BuildMetrics {
  let runningAgents: () => number = none;
  gaugeOfAgents(registry, () => runningAgents());
  let runningBuilders: () => ReadonlyMap<string, number> = nothing;
  gaugeOfBuilders(registry, () => runningBuilders());
  let counting: () => ReadonlyMap<string, number> = nothing;
  const stages = new Counter({
    name: 'enbi_build_stages_total',
    help: 'Stages of attempts that ended: Succeeded, or the reason why not',
    labelNames: ['stage', 'outcome'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'enbi_build_duration_seconds',
    help: 'From the first attempt of a NixBuild to its loaded image',
    buckets,
    registers: [registry],
  });
  const imports = new Histogram({
    name: 'enbi_import_duration_seconds',
    help: 'From the order to the image that the node has confirmed',
    buckets: importBuckets,
    registers: [registry],
  });
  const builds = new Gauge({
    name: 'enbi_nixbuilds',
    help: 'NixBuilds that are kept, by status',
    labelNames: ['status'] as const,
    registers: [registry],
    collect() {
      builds.reset();
      for (const [status, number] of counting()) builds.set({ status }, number);
    },
  });
  const leftOut = countersOfLeftOut(registry);
  return {
    countLeftOut: (kind, count) => void leftOut.set(kind, count),
    stageEnded: ({ stage, outcome }) => stages.inc({ stage, outcome }),
    buildSucceeded: (seconds) => durations.observe(seconds),
    imageLoaded: (seconds) => imports.observe(seconds),
    countAgents: (count) => {
      runningAgents = count;
    },
    countBuilders: (count) => {
      runningBuilders = count;
    },
    countBuilds: (count) => {
      counting = count;
    },
  };
}

function gaugeOfAgents(registry: Registry, count: () => number): void {
  const gauge = new Gauge({
    name: 'enbi_agents',
    help: 'Nodes on which an agent runs',
    registers: [registry],
    collect() {
      gauge.set(count());
    },
  });
}

function gaugeOfBuilders(registry: Registry, count: () => ReadonlyMap<string, number>): void {
  const gauge = new Gauge({
    name: 'enbi_builders',
    help: 'Builders that stay and run, by what they do: idle, busy, or otherVersion, which take nothing more',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      for (const [state, number] of count()) gauge.set({ state }, number);
    },
  });
}

function none(): number {
  return 0;
}

function nothing(): ReadonlyMap<string, number> {
  return new Map();
}

function countersOfLeftOut(registry: Registry): Map<string, () => number> {
  const counters = new Map<string, () => number>();
  const gauge = new Gauge({
    name: 'enbi_objects_left_out',
    help: 'Objects that are not kept, since their namespaces have more than there is room for, by kind',
    labelNames: ['kind'] as const,
    registers: [registry],
    collect() {
      for (const [kind, count] of counters) gauge.set({ kind }, count());
    },
  });
  return counters;
}

import { apiVersion, podAnnotation } from '../../../src/api/labels.ts';
import { allBuildsAre, allPodsRun, askingPods, buildRuns, noJobsAreLeft, someBuildIs } from '../scenarios/parts.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Stage } from '../stand-in/stand-in.ts';

/** Repository → flake reference that takes the tag from the image. */
export type Flakes = Readonly<Record<string, string>>;

/** Those of the played worlds that need nobody but a kubelet, with flakes that are really built. */
export const clusterScenarioNames = [
  'first-build',
  'hand-made',
  'failing-build',
  'roll-over',
  'build-deleted-in-build',
] as const;

export function clusterScenario(name: string, flakes: Flakes): Scenario {
  const scenario = scenariosOf(flakes).find((candidate) => candidate.name === name);
  if (scenario === undefined)
    throw new Error(`no cluster is tried with ${name}, but with ${clusterScenarioNames.join(', ')}`);
  return scenario;
}

function scenariosOf({ hello = '', broken = '' }: Flakes): readonly Scenario[] {
  return [firstBuild(hello), handMade(hello), failingBuild(hello, broken), rollOver(hello), buildDeleted(hello)];
}

const isBuilt = (stage: Stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage);

function firstBuild(hello: string): Scenario {
  return {
    name: 'first-build',
    async begin(stage) {
      for (const name of ['web-0', 'web-1', 'web-2']) await addPod(stage, name, { flake: hello, tag: '1.0' });
    },
    isDone: isBuilt,
  };
}

function handMade(hello: string): Scenario {
  return {
    name: 'hand-made',
    begin: (stage) => addBuild(stage, hello),
    isDone: (stage) => allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
  };
}

function failingBuild(hello: string, broken: string): Scenario {
  return {
    name: 'failing-build',
    begin: (stage) => addPod(stage, 'web-old', { flake: broken, tag: '1.0' }),
    acts: [
      {
        when: (stage) => someBuildIs(stage, 'Failed'),
        afterMs: 2000,
        make: (stage) => replacePods(stage, { flake: hello, tag: '2.0' }),
      },
    ],
    isDone: (stage) => allPodsRun(stage) && someBuildIs(stage, 'Succeeded') && someBuildIs(stage, 'Failed'),
  };
}

function rollOver(hello: string): Scenario {
  return {
    name: 'roll-over',
    begin: (stage) => addPod(stage, 'web-old', { flake: hello, tag: '1.0' }),
    acts: [{ when: buildRuns, make: (stage) => replacePods(stage, { flake: hello, tag: '2.0' }) }],
    isDone: (stage) => isBuilt(stage) && stage.world.list('nixbuilds').length === 2,
  };
}

function buildDeleted(hello: string): Scenario {
  return {
    name: 'build-deleted-in-build',
    begin: (stage) => addBuild(stage, hello),
    acts: [
      {
        when: buildRuns,
        async make({ world, hands }) {
          for (const build of world.list('nixbuilds')) await hands.remove('nixbuilds', build, { graceful: true });
        },
      },
    ],
    isDone: (stage) => stage.world.list('nixbuilds').length === 0 && noJobsAreLeft(stage),
  };
}

interface Wish {
  readonly flake: string;
  readonly tag: string;
}

function imageOf({ world }: Stage, tag: string): string {
  return `registry.test/${world.tenant}/web:${tag}`;
}

async function addPod(stage: Stage, name: string, { flake, tag }: Wish): Promise<void> {
  const confined = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  await stage.hands.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: stage.world.tenant, annotations: { [podAnnotation.flakeUrl]: flake } },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'web', image: imageOf(stage, tag), securityContext: confined }],
    },
  });
}

async function replacePods(stage: Stage, wish: Wish): Promise<void> {
  const old = askingPods(stage);
  await addPod(stage, 'web-new', wish);
  for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
}

async function addBuild(stage: Stage, flake: string): Promise<void> {
  await stage.hands.create('nixbuilds', {
    apiVersion,
    kind: 'NixBuild',
    metadata: { name: 'mine', namespace: stage.world.tenant },
    spec: {
      flakeUrl: flake.replace('{tag}', '1.0'),
      packageName: 'default',
      system: process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux',
      imageTag: imageOf(stage, '1.0'),
    },
  });
}

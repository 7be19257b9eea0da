import { lacksImage } from '../../cluster-view/container.ts';
import { type Raw, rawOf, textOf } from '../../cluster-view/raw.ts';
import type { CommandContext } from '../command-context.ts';
import type { ReasonTold } from './explanation.ts';
import { endText, type Run, runsOf } from './runs.ts';

/** What keeps a Pod from running when its images are there: enbi has done its part, and people ask it all the same. */
export function runTrouble(pod: Raw, { flags }: CommandContext): ReasonTold | undefined {
  const name = textOf(rawOf(pod.metadata).name);
  for (const run of runsOf(pod)) {
    const trouble = troubleOf(run);
    if (trouble === undefined) continue;
    const command = commandFor(run, name, flags);
    return { ...trouble, remedy: `${trouble.remedy}: ${command}`, commands: [command] };
  }
  return undefined;
}

type Trouble = ReasonTold & { readonly remedy: string };

function troubleOf(run: Run): Trouble | undefined {
  const { name, waiting, message, ended, running, ready } = run;
  if (lacksImage(waiting) || (running && ready)) return undefined;
  if (ended !== undefined && ended.exitCode !== 0) return endTrouble(run);
  if (onItsWay.has(waiting)) return undefined;
  const said = message === '' ? '' : `: ${message}`;
  return {
    name: waiting,
    message: `container ${name} has its image and waits${said}`,
    meaning: 'The image is there: this is no matter of enbi.',
    remedy:
      waiting === 'CreateContainerConfigError'
        ? 'make what the message names; all of it'
        : 'read what the kubelet says',
  };
}

const onItsWay = new Set(['', 'ContainerCreating', 'PodInitializing']);

function endTrouble(run: Run): Trouble | undefined {
  const { name, ended, restarts } = run;
  if (ended === undefined) return undefined;
  const last = ended.message === '' ? '' : `: ${ended.message}`;
  return {
    name: restarts > 0 ? 'CrashLoopBackOff' : 'ContainerFailed',
    message: `container ${name} ${endText(run)}${last}`,
    meaning: 'Its image is there and was run: what ended is the program in it.',
    remedy: remedies[ended.reason] ?? (ended.exitCode === 127 ? remedies['StartError'] : undefined) ?? 'read its log',
  };
}

/** By the reason that the kubelet or the runtime gives (kubernetes/pkg/kubelet/kuberuntime, containerd's internal/cri). */
const remedies: Readonly<Record<string, string>> = {
  OOMKilled: "raise the container's memory limit (resources.limits.memory), or let it use less; its log",
  StartError:
    "the program that the container is to run is not in the image: correct config.Cmd or config.Entrypoint of the flake's image, or " +
    'command: of the container; more of it',
  ContainerCannotRun: 'read what the runtime says',
};

function commandFor({ waiting, ended, running, restarts, name }: Run, pod: string, flags: string): string {
  if (ended === undefined || ended.exitCode === 0 || ended.reason === 'StartError') {
    return `kubectl ${flags}describe pod ${pod}`;
  }
  const previous = restarts > 0 && (waiting !== '' || running) ? '--previous ' : '';
  return `kubectl ${flags}logs ${previous}--container ${name} ${pod}`;
}

import { expect } from 'vitest';
import type { Cluster } from '../../cluster/cluster.ts';
import type { CommandResult } from '../../cluster/command.ts';
import { names } from './printed.ts';

type Effect = (cluster: Cluster, ran: CommandResult) => Promise<void>;

const { namespace } = names;

/** What a command is printed for, by what it says: seen on the server, or in its answer. */
const effects: readonly (readonly [command: RegExp, effect: Effect])[] = [
  [/ delete pod /, gone('pod', names.pod, namespace)],
  [/ delete job /, gone('job', 'report-1', namespace)],
  [/ delete nixstore /, gone('nixstore', names.store)],
  [/^kubectl enbi .*retry |^kubectl annotate .*\/retry=/, annotated('retry')],
  [/^kubectl enbi .*cancel /, annotated('cancel')],
  [/^kubectl enbi .*build /, has('nixbuild', namespace, /^hello-1-0-/m)],
  [/ create job /, has('job', namespace, /^report-now$/m)],
  [/ uncordon /, node('{.spec.unschedulable}', '')],
  [/ taint node /, node('{.spec.taints[?(@.key=="example.com/a")]}', '')],
  [/ label node /, node('{.metadata.labels.enbi\\.hrzn\\.ee/repel}', '')],
  [/ label .*namespace /, labelled],
  [/ apply /, says(/serverside-applied/)],
  [/ doctor$/, says(/^\d+ FAIL, /m)],
  [/ explain /, says(/What to do|what to do|nothing/)],
  [/ describe /, says(/^Name: /m)],
  [/ get events /, () => Promise.resolve()],
  [/ get .*jsonpath=/, () => Promise.resolve()],
  [/ get nixbuilds? /, says(new RegExp(`^(?:team +)?${names.build} `, 'm'))],
  // Of a container that no kubelet has started there is none.
  [/ logs /, () => Promise.resolve()],
];

/** Throws for a command that nobody has said anything of. */
export function effectOf(command: string): Effect {
  const found = effects.find(([pattern]) => pattern.test(command));
  if (found === undefined) throw new Error(`what is ${command} printed for?`);
  return found[1];
}

function gone(kind: string, name: string, within = 'default'): Effect {
  return async (cluster) => {
    expect(await cluster.kubectl(['get', kind, name, '--namespace', within, '--ignore-not-found'])).toBe('');
  };
}

function annotated(key: string): Effect {
  return async (cluster) => {
    const path = `jsonpath={.metadata.annotations.enbi\\.hrzn\\.ee/${key}}`;
    expect(
      await cluster.kubectl(['get', 'nixbuild', names.build, '--namespace', namespace, '--output', path]),
    ).not.toBe('');
  };
}

function has(kind: string, within: string, name: RegExp): Effect {
  return async (cluster) => {
    const listed = ['get', kind, '--namespace', within, '--no-headers', '--output', 'custom-columns=:.metadata.name'];
    expect(await cluster.kubectl(listed)).toMatch(name);
  };
}

function node(path: string, value: string): Effect {
  return async (cluster) => {
    expect(await cluster.kubectl(['get', 'node', names.node, '--output', `jsonpath=${path}`])).toBe(value);
  };
}

function says(text: RegExp): Effect {
  return (_, { stdout }) => Promise.resolve(expect(stdout).toMatch(text));
}

async function labelled(cluster: Cluster): Promise<void> {
  const path = 'jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}';
  expect(await cluster.kubectl(['get', 'namespace', 'enbi', '--output', path])).toBe('privileged');
}

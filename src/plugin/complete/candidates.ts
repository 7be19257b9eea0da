import type { Command, Option } from 'commander';
import { resource } from '../../cluster-view/resources.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import { targetOf } from '../find-build.ts';
import { workloadTypes } from '../workload.ts';
import { type CommandLine, optionsOf } from './command-line.ts';

/** What a word may become: texts, and names of objects in the cluster behind a text. */
export interface Candidates {
  readonly texts: readonly Candidate[];
  readonly named?: { readonly type: ResourceType; readonly before: string };
  /** A path on this machine. */
  readonly isFile?: boolean;
}

export type Candidate = readonly [text: string, meaning: string];

const none: Candidates = { texts: [] };

/** Pure: what may stand where somebody writes this word. */
export function candidatesFor(program: Command, line: CommandLine, word: string): Candidates {
  const { command, valueOf } = line;
  if (valueOf !== undefined) return valuesOf(valueOf, '');
  if (word.startsWith('-')) return flagsFor(program, command, word);
  if (command !== undefined) return operandsOf(command, line.operands, word);
  return { texts: program.commands.map((each) => [each.name(), each.summary()]) };
}

function flagsFor(program: Command, command: Command | undefined, word: string): Candidates {
  const options = optionsOf(program, command);
  const [flag = '', value] = word.split('=', 2);
  const written = options.find(({ long }) => long === flag);
  if (value !== undefined) return written === undefined ? none : valuesOf(written, `${flag}=`);
  return {
    texts: options.filter(({ hidden }) => !hidden).map(({ long, description }) => [long ?? '', description]),
  };
}

function valuesOf({ long, argChoices = [] }: Option, before: string): Candidates {
  if (long === '--namespace' || long === '--enbi-namespace')
    return { texts: [], named: { type: resource.namespaces, before } };
  if (files.has(long ?? '')) return { texts: [], isFile: true };
  return { texts: argChoices.map((choice) => [`${before}${choice}`, '']) };
}

const files: ReadonlySet<string> = new Set([
  '--kubeconfig',
  '--certificate-authority',
  '--client-certificate',
  '--client-key',
]);

const kinds: readonly ResourceType[] = [resource.builds, resource.pods, ...workloadTypes];

/** `explain`, `logs`, `retry` and `cancel` take `kind/name`, the two as two words, or a NixBuild's name alone. */
function operandsOf(command: Command, operands: readonly string[], word: string): Candidates {
  if (command.registeredArguments[0]?.name() !== 'object') return none;
  const [kind, ...more] = operands;
  if (more.length > 0 || kind?.includes('/')) return none;
  if (kind !== undefined) return namesOf(kind, '');
  const slash = word.indexOf('/');
  if (slash >= 0) return namesOf(word.slice(0, slash), word.slice(0, slash + 1));
  return {
    texts: kinds.map(({ kind: text }) => [text.toLowerCase(), '']),
    named: { type: resource.builds, before: '' },
  };
}

function namesOf(kind: string, before: string): Candidates {
  const type = typeOf(kind);
  return type === undefined ? none : { texts: [], named: { type, before } };
}

/** By any word that the commands take for it. */
function typeOf(word: string): ResourceType | undefined {
  try {
    const { kind, type } = targetOf(word, 'any');
    return type ?? (kind === 'pod' ? resource.pods : resource.builds);
  } catch {
    return undefined;
  }
}

import type { NixBuild } from '../../cluster-view/objects.ts';
import type { Tone } from '../screen.ts';

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** What a change of a NixBuild means for somebody who follows it; `before` is undefined at the first look. */
export function tellBuild(before: NixBuild | undefined, after: NixBuild): readonly Line[] {
  const was = before?.status ?? {};
  const { status } = after;
  return [
    ...(was.buildNode !== status.buildNode && status.buildNode !== undefined
      ? [quiet(`attempt ${status.attempts ?? 1} on node ${status.buildNode}`)]
      : []),
    ...(was.lockedUrl !== status.lockedUrl && status.lockedUrl !== undefined
      ? [quiet(`locked to ${status.lockedUrl}`)]
      : []),
    ...(was.outPath !== status.outPath && status.outPath !== undefined ? [quiet(builtText(after))] : []),
    ...(before !== undefined && stateText(before) === stateText(after)
      ? []
      : [{ text: stateText(after), tone: toneOf(after) }]),
    ...keptLog(was.logKeptUntil, status.logKeptUntil),
  ];
}

function keptLog(was: string | undefined, until: string | undefined): readonly Line[] {
  return until === undefined || until === was ? [] : [quiet(`its log can be read until ${until} at the longest`)];
}

/** What is known whatever the next attempt finds. Where, and how, the last one ended is told of the next one again. */
export function withoutEnd(build: NixBuild): NixBuild {
  const known = Object.entries(build.status).filter(([name]) => name === 'lockedUrl' || name === 'outPath');
  return { ...build, status: Object.fromEntries(known) };
}

/** What runs now, for the line that is written over. */
export function progressText({ status }: NixBuild): string {
  return [status.status ?? 'Pending', status.progress].filter((text) => (text ?? '') !== '').join('  ');
}

function quiet(text: string): Line {
  return { text: `            ${text}`, tone: 'quiet' };
}

/** Phase, reason, and what the controller says to it: the words that `kubectl get nb -o wide` shows. */
function stateText({ status }: NixBuild): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const { reason = '', message = '' } = ready ?? {};
  const said = message === '' || message === 'under way' ? reason : `${reason}: ${message}`;
  return `${(status.status ?? 'Pending').padEnd(10)}  ${said === '' ? 'waits for the controller to see it' : said}`;
}

function toneOf({ status }: NixBuild): Tone {
  if (status.status === 'Succeeded') return 'good';
  if (status.status === 'Failed' || status.status === 'Cancelled') return 'bad';
  return status.nextAttemptTime === undefined ? 'plain' : 'warn';
}

function builtText({ status }: NixBuild): string {
  const { derivations = 0, pathsCopied = 0 } = status.built ?? {};
  return `built ${status.outPath ?? ''}: ${count(derivations, 'derivation')} built, ${count(pathsCopied, 'path')} copied`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

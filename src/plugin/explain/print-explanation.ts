import type { BuildFailure } from '../../api/nix-build.ts';
import type { Screen, Tone } from '../screen.ts';
import type { ContainerText, Explanation } from './explanation.ts';

/** For people: what it is, why, what to do, and then what there is to see. */
export function printExplanation(explanation: Explanation, screen: Screen): void {
  const { kind, namespace, name, phase, facts } = explanation;
  screen.say(`${kind} ${namespace}/${name}: ${phase}`, 'title');
  for (const [label, text] of facts) screen.say(row(label, text));
  printWhy(explanation, screen);
  if (explanation.failure !== undefined) printFailure(explanation.failure, screen);
  printContainers(explanation.containers, '  ', screen);
  printJobs(explanation.jobs, screen);
  if (explanation.waitingPods.length > 0) screen.say(row('waiting', `Pods ${explanation.waitingPods.join(', ')}`));
  printEvents(explanation.events, screen);
  for (const note of explanation.notes) screen.say(row('note', note), 'warn');
  for (const build of explanation.builds) {
    screen.say('');
    printExplanation(build, screen);
  }
}

function printWhy({ rule, reason, phase }: Explanation, screen: Screen): void {
  if (rule !== undefined) printRows('rule', [rule.plan, ...(rule.meaning === undefined ? [] : [rule.meaning])], screen);
  if (reason === undefined) return;
  const { name, message, meaning = '', remedy = '', page } = reason;
  printRows('reason', `${name}: ${message}`.split('\n'), screen, phase === 'Failed' ? 'bad' : 'plain');
  printRows('', wrapped(meaning), screen);
  printRows('what to do', wrapped(remedy), screen, 'good');
  if (page !== undefined) printRows('', [page], screen, 'quiet');
}

/** The label stands before the first line alone. */
function printRows(label: string, lines: readonly string[], screen: Screen, tone: Tone = 'plain'): void {
  for (const [index, line] of lines.entries()) screen.say(row(index === 0 ? label : '', line), tone);
}

function printFailure({ stage, derivation, logTail, reproduce }: BuildFailure, screen: Screen): void {
  screen.say(row('stage', stage));
  if (derivation !== undefined) screen.say(row('derivation', derivation));
  for (const [index, line] of (logTail ?? '')
    .split('\n')
    .filter((text) => text !== '')
    .entries()) {
    screen.say(row(index === 0 ? 'its log' : '', line), 'quiet');
  }
  if (reproduce !== undefined) screen.say(row('reproduce', reproduce));
}

function printJobs(jobs: Explanation['jobs'], screen: Screen): void {
  for (const { namespace, name, pod, stuck, containers } of jobs) {
    screen.say(row('job', `${namespace}/${name}, ${pod === undefined ? 'its Pod is not there' : `Pod ${pod}`}`));
    if (stuck !== undefined) screen.say(row('', stuck), 'warn');
    printContainers(containers, '              ', screen);
  }
}

function printEvents(events: Explanation['events'], screen: Screen): void {
  for (const { time, type, reason, message, count } of events) {
    const [first = '', ...rest] = message.split('\n');
    const often = count > 1 ? ` (${count} times)` : '';
    screen.say(row('event', `${time} ${reason}${often}: ${first}`), type === 'Warning' ? 'warn' : 'quiet');
    for (const line of rest) screen.say(row('', line), 'quiet');
  }
}

function printContainers(containers: readonly ContainerText[], margin: string, screen: Screen): void {
  const width = Math.max(0, ...containers.map(({ name }) => name.length));
  for (const { name, image, state } of containers) {
    const tone: Tone = state.startsWith('waits') ? 'warn' : 'quiet';
    screen.say(`${margin}${name.padEnd(width)}  ${state}  ${image}`, tone);
  }
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(12)}${text}`;
}

const lineWidth = 100;

/** Paragraphs broken for reading. */
function wrapped(text: string): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > lineWidth) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return line === '' ? lines : [...lines, line];
  });
}

import type { BuildFailure } from '../../api/nix-build.ts';
import { oneLine } from '../../printable.ts';
import { ageText } from '../age.ts';
import { reproductionOf } from '../reproduction.ts';
import type { Screen, Tone } from '../screen.ts';
import type { ContainerText, Explanation } from './explanation.ts';
import { SaidTexts } from './said-texts.ts';

export interface Printing {
  /** The controller's rule and the page of the reason too. */
  readonly verbose: boolean;
  readonly now: Date;
}

interface Page extends Printing {
  readonly screen: Screen;
  readonly said: SaidTexts;
  /** What stands above already, of the object that this one is part of. */
  readonly above?: Explanation;
}

/** For people: what it is, what keeps it from going on, what to do, and then what there is to see. */
export function printExplanation(explanation: Explanation, screen: Screen, printing: Printing): void {
  printPart(explanation, { ...printing, screen, said: new SaidTexts() });
}

function printPart(explanation: Explanation, page: Page): void {
  const { kind, namespace, name, phase, facts } = explanation;
  const { screen, said, above } = page;
  screen.say(`${kind} ${namespace}/${name}: ${phase}`, 'title');
  if (above?.reason?.of !== name) printWhy(explanation, page);
  for (const { name: what, message } of explanation.warnings) {
    printRows('besides', wrapped(told(`${what}: ${message}`)), screen, 'warn');
    said.add(message);
  }
  for (const [label, text] of facts) {
    if (!sentences.has(label) || !said.has(text)) screen.say(row(label, text));
  }
  if (explanation.failure !== undefined) printFailure(explanation.failure, screen);
  printContainers(explanation.containers, '  ', screen);
  printJobs(explanation.jobs, screen);
  if (explanation.waitingPods.length > 0) screen.say(row('waiting', `Pods ${explanation.waitingPods.join(', ')}`));
  printEvents(explanation.events, page);
  printNotes(
    explanation.notes.filter((note) => above?.notes.includes(note) !== true),
    screen,
  );
  for (const build of explanation.builds) {
    screen.say('');
    printPart(build, { ...page, above: explanation });
  }
}

/** Facts that are somebody's words; the others are names and numbers. */
const sentences = new Set(['controller', 'progress', 'store', 'scheduler', 'ended']);

function printWhy({ rule, reason, phase }: Explanation, { screen, said, verbose }: Page): void {
  if (reason === undefined) printRows('reason', wrapped(rule?.meaning ?? ''), screen);
  else {
    const { name, message, meaning = '', remedy = '', of } = reason;
    const title = of === undefined ? '' : ` (NixBuild ${of})`;
    screen.say(row('reason', `${name}: ${message}${title}`), phase === 'Failed' ? 'bad' : 'plain');
    said.add(message);
    printRows('', wrapped(meaning), screen);
    printRows('what to do', wrapped(remedy), screen, 'good');
  }
  if (!verbose) return;
  if (rule !== undefined) printRows('rule', [rule.plan], screen, 'quiet');
  if (reason?.page !== undefined) printRows('documented', [`${reason.page} in enbi's sources`], screen, 'quiet');
}

/** What may not be seen is one sentence, however much it is. */
function printNotes(notes: readonly string[], screen: Screen): void {
  // In an order of their own: which of the answers came first is nobody's business.
  const lacking = notes.filter((note) => note.startsWith(youMayNot)).toSorted();
  const [first, ...more] = lacking;
  if (first !== undefined) {
    const all = [first, ...more.map((note) => note.slice(youMayNot.length))].join('; ');
    printRows('note', wrapped(told(all)), screen, 'warn');
  }
  for (const note of notes.filter((each) => !lacking.includes(each)))
    printRows('note', wrapped(told(note)), screen, 'warn');
}

const youMayNot = 'you may not ';

/** The label stands before the first line alone. */
function printRows(label: string, lines: readonly string[], screen: Screen, tone: Tone = 'plain'): void {
  for (const [index, line] of lines.entries()) screen.say(row(index === 0 ? label : '', line), tone);
}

function printFailure(failure: BuildFailure, screen: Screen): void {
  const { stage, derivation, logTail } = failure;
  const reproduce = reproductionOf(failure);
  screen.say(row('stage', stage));
  if (derivation !== undefined) screen.say(row('derivation', derivation));
  for (const [index, line] of (logTail ?? '')
    .split('\n')
    .filter((text) => text !== '')
    .entries()) {
    screen.say(row(index === 0 ? 'its log' : '', `│ ${line}`), 'quiet');
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

/** The newest last; of those that say what was said already, none. */
function printEvents(events: Explanation['events'], { screen, said, now }: Page): void {
  const fresh = events.filter(({ message }) => !said.has(message));
  const last = fresh.filter(({ message }, at) => !fresh.slice(at + 1).some((later) => later.message === message));
  for (const { time, type, reason, message, count } of last) {
    const often = count > 1 ? ` (${count} times)` : '';
    const text = `${ageText(time, now)} ago ${reason}${often}: ${message}`;
    screen.say(row('event', text), type === 'Warning' ? 'warn' : 'quiet');
    said.add(message);
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

/** What an object says, as one paragraph. */
function told(text: string): string {
  return oneLine(text, longestText);
}

const longestText = 4000;
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

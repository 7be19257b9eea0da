import { type Change, ofKind, type SeenBuild, type SeenEvent, type SeenJob, type SeenPod } from './observed.ts';
import type { Tone } from './terminal.ts';

/** One thing that happened, to whom. */
export interface Sentence {
  readonly about: string;
  readonly text: string;
  readonly tone: Tone;
}

/** What one change of one object means for people; most changes mean nothing. */
export function narrate({ before, after, at, firstSeenAt }: Change): Sentence[] {
  return [
    ...narratePod(ofKind('Pod', before), ofKind('Pod', after), (at - firstSeenAt) / 1000),
    ...narrateBuild(ofKind('NixBuild', before), ofKind('NixBuild', after)),
    ...narrateJob(ofKind('Job', before), ofKind('Job', after)),
    ...narrateEvent(ofKind('Event', before), ofKind('Event', after)),
  ];
}

/** The sentence as one line, its subject in a column. */
export function lineOf({ about, text }: Sentence): string {
  return `${about.padEnd(34)} ${text}`;
}

const imageIsMissing = /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|RegistryUnavailable)$/;

function narratePod(before: SeenPod | undefined, after: SeenPod | undefined, age: number): Sentence[] {
  const pod = after ?? before;
  if (pod === undefined || !/^(?:hello|broken)$/.test(pod.app)) return [];
  const say = sayAbout(pod);
  if (after === undefined) return [say('is gone', 'quiet')];
  const was = stateOf(before);
  const is = stateOf(after);
  return happened([
    [is.waits && !was.waits, () => say(`waits: ${after.image} is on no node (${after.waiting})`, 'wait')],
    [changed(before?.woken, after.woken), () => say('is woken')],
    [is.serves && !was.serves, () => say(`is Ready after ${age.toFixed(1)} s`, 'good')],
    [is.goes && !was.goes, () => say('is asked to stop', 'quiet')],
  ]);
}

function stateOf(pod: SeenPod | undefined) {
  if (pod === undefined) return { waits: false, serves: false, goes: false };
  return { waits: imageIsMissing.test(pod.waiting), serves: pod.ready && !pod.going, goes: pod.going };
}

function narrateBuild(before: SeenBuild | undefined, after: SeenBuild | undefined): Sentence[] {
  if (after === undefined) return [];
  const say = sayAbout(after);
  const { status } = after;
  const was: SeenBuild['status'] = before?.status ?? {};
  return happened([
    [before === undefined, () => say(createdText(after))],
    [changed(was.buildNode, status.buildNode), () => say(`node ${status.buildNode} is chosen`)],
    [changed(was.buildJobName, status.buildJobName), () => say(jobText(after))],
    [changed(was.lockedUrl, status.lockedUrl), () => say(`fetched ${status.lockedUrl}`)],
    [changed(was.outPath, status.outPath), () => say(builtText(after))],
    [changed(was.nextAttemptTime, status.nextAttemptTime), () => say(retryText(after), 'wait')],
    [was.status !== status.status && status.status === 'Succeeded', () => say(loadedText(after))],
    [was.status !== status.status && status.status === 'Failed', () => say(failedText(after), 'bad')],
  ]);
}

function happened(news: readonly (readonly [boolean, () => Sentence])[]): Sentence[] {
  return news.flatMap(([isNew, sentence]) => (isNew ? [sentence()] : []));
}

function jobText({ status, hasTaken }: SeenBuild): string {
  if (hasTaken) return `taken by build Job ${status.buildJobName}, which has built before`;
  return `build Job created (${status.isolation})`;
}

function createdText({ spec, isAhead }: SeenBuild): string {
  const when = isAhead ? ', before the image is missed' : '';
  return `created${when}: ${spec.packageName} of ${spec.flakeUrl} for ${spec.system}`;
}

function builtText({ status }: SeenBuild): string {
  const { derivations = 0, pathsCopied = 0 } = status.built ?? {};
  return `built ${status.outPath}\n${count(derivations, 'derivation')} built, ${count(pathsCopied, 'path')} fetched`;
}

function retryText({ status }: SeenBuild): string {
  return `tries again at ${status.nextAttemptTime}: ${status.failure?.reason}: ${status.failure?.message}`;
}

function loadedText({ status }: SeenBuild): string {
  const { layersSent = 0, bytesSent = 0 } = status.built ?? {};
  const sent = `${count(layersSent, 'layer')} sent, ${bytesText(bytesSent)} of ${bytesText(status.imageSize ?? 0)}`;
  return `loaded on ${status.nodes?.join(', ')}: ${sent}\n${status.imageDigest}`;
}

function failedText({ status }: SeenBuild): string {
  const { stage, reason, message } = status.failure ?? {};
  return `failed at stage ${stage}: ${reason}: ${firstLine(message ?? '')}`;
}

function narrateJob(before: SeenJob | undefined, after: SeenJob | undefined): Sentence[] {
  const job = after ?? before;
  if (job === undefined) return [];
  const say = sayAbout(whomItServes(job));
  if (after === undefined) return [say(`${job.component} Job removed`, 'quiet')];
  // The NixBuild tells of its build Job itself.
  if (before !== undefined || job.component === 'build') return [];
  return [say(`${job.component} Job created in namespace ${job.namespace}`)];
}

function whomItServes({ build, store, agentOf }: SeenJob) {
  if (agentOf !== '') return { kind: 'Node', name: agentOf };
  return build === '' ? { kind: 'NixStore', name: store } : { kind: 'NixBuild', name: build };
}

/** Only what enbi tells the Pods: the NixBuild speaks for itself, and the kubelet's words are many. */
function narrateEvent(before: SeenEvent | undefined, after: SeenEvent | undefined): Sentence[] {
  const isNews = after !== undefined && before === undefined && after.reporter === 'enbi' && after.type === 'Warning';
  if (!isNews || !after.about.startsWith('Pod ')) return [];
  return [{ about: after.about, text: `event ${after.reason}: ${firstLine(after.message)}`, tone: 'bad' }];
}

function sayAbout({ kind, name }: { readonly kind: string; readonly name: string }) {
  return (text: string, tone: Tone = 'plain'): Sentence => ({
    about: `${kind} ${name}`,
    text: text.replaceAll('\n', `\n${' '.repeat(35)}`),
    tone,
  });
}

function changed(before: string | undefined, after: string | undefined): boolean {
  return after !== undefined && after !== '' && after !== before;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

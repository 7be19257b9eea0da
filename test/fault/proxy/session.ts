import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { label, manager } from '../../../src/api/labels.ts';
import {
  type EventFault,
  eventFaults,
  type Fault,
  type LineFault,
  lineFaults,
  type RequestFault,
  requestFaults,
} from '../plan.ts';
import { liveOf } from '../server/live.ts';
import { isMirrored, type MirrorEvent, type Plural } from '../server/mirror.ts';
import type { RawAnswer } from '../server/raw-api.ts';
import { Logs } from '../stand-in/logs.ts';
import type { World } from '../world/world.ts';
import { type Call, callOf, isWrite, momentOf } from './call.ts';
import type { Disturbance } from './disturbance.ts';
import { LogStream } from './log-stream.ts';
import { selectionOf } from './selection.ts';
import { type StatusAnswer, statusAnswers, statusObject } from './status-answer.ts';
import { Stream } from './stream.ts';

/** A write that reached the API server. */
export interface Written {
  readonly atMs: number;
  readonly moment: string;
  readonly object: string;
  readonly code: number;
  /** It changed or removed what is somebody else's. */
  readonly trespasses: boolean;
  /** An attempt gave its slot back. */
  readonly holdsUp: boolean;
  /** An event: what was said of which object. */
  readonly said?: string;
}

export interface SessionOptions {
  readonly world: World;
  readonly logs: Logs;
  readonly disturbance: Disturbance;
  readonly written: Written[];
  /** No log may be read. */
  readonly forbidsLogs: boolean;
  /** The API server that it meets first lags behind. */
  readonly isLagging: boolean;
  /** The controller is to die and to come back. */
  readonly onKill: (how: { readonly lagging: boolean }) => void;
  readonly onFailure: (error: unknown) => void;
}

const delayMs = 5000;
const lagMs = 10_000;
const bookmarkMs = 60_000;
const isRequestFault = (fault: Fault['does']): fault is RequestFault => requestFaults.includes(fault as RequestFault);
const isRefusal = (fault: RequestFault): fault is RequestFault & keyof typeof statusAnswers => fault in statusAnswers;
const isLineFault = (fault: Fault['does']): fault is LineFault => lineFaults.includes(fault as LineFault);
const isEventFault = (fault: Fault['does']): fault is EventFault => eventFaults.includes(fault as EventFault);

/** What lies between one life of a controller and the API server. */
export class Session {
  readonly #options: SessionOptions;
  readonly #streams = new Set<Stream>();
  readonly #logStreams = new Set<LogStream>();
  readonly #sockets = new Set<Socket>();
  readonly #refusals = new Map<string, StatusAnswer>();
  readonly #take = (event: MirrorEvent) => {
    for (const stream of this.#streams) stream.offer(event);
  };
  #isLagging = false;
  #isDead = false;
  #underWay = 0;
  /** Requests that a fault holds: whoever waits for them is at rest all the same. Those of the elector's client are apart. */
  held = 0;
  #heldOfElector = 0;
  /** Logs whose stream a fault holds back. */
  #heldLogs = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    options.world.listen(this.#take);
    if (options.isLagging) this.#beginLag();
    this.#scheduleBookmarks();
  }

  /** Of what the controllers watch and follow; that of the lease is the elector's. */
  get openStreams(): number {
    let open = this.#heldLogs;
    for (const stream of this.#logStreams) if (!stream.isOver) open++;
    for (const stream of this.#streams) if (!stream.isOver && stream.plural !== 'leases') open++;
    return open;
  }

  /** A request is being answered, and not held. */
  get isAsked(): boolean {
    return this.#underWay > this.held + this.#heldOfElector;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  adopt(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Nothing of it reaches the API server any more. */
  kill(): void {
    this.#isDead = true;
    this.#options.world.unlisten(this.#take);
    for (const stream of [...this.#streams, ...this.#logStreams]) stream.cut();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A request that died with its controller is no failure; any other is one of the harness. */
  failed(error: unknown): void {
    if (!this.#isDead) this.#options.onFailure(error);
  }

  async handle(incoming: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (this.#isDead) return void response.destroy();
    const { world } = this.#options;
    world.noteActivity();
    const call = callOf(incoming.method ?? 'GET', path);
    const body = await text(incoming);
    this.#underWay++;
    try {
      if (call.verb === 'watch' && isMirrored(call.plural)) this.#watch(call, call.plural, response);
      else if (call.subresource === 'log' && world.isPlayed) await this.#follow(call, response);
      else if (call.subresource === 'log') await world.api.pass(path, response);
      else await this.#answer(call, body, response);
    } finally {
      this.#underWay--;
      world.noteActivity();
    }
  }

  async #answer(call: Call, body: string, response: ServerResponse): Promise<void> {
    const fault = this.#meet(call);
    const ask = () => this.#ask(call, body, response.req.headers['content-type']);
    if (fault === undefined) return send(response, await ask());
    if (fault === 'delay') await this.#hold(call);
    const answer = isDone(fault) ? await ask() : undefined;
    if (fault === 'late') await this.#hold(call);
    this.#answerWith(fault, answer, response);
  }

  async #follow(call: Call, response: ServerResponse): Promise<void> {
    const fault = this.#meet(call);
    const { world, logs, disturbance, forbidsLogs } = this.#options;
    if (forbidsLogs) return refuse(response, statusAnswers['403']);
    if (fault === 'delay' || fault === 'late') await this.#holdLog(response);
    else if (fault !== undefined) return this.#answerWith(fault, undefined, response);
    const key = Logs.key({ namespace: call.namespace ?? '', name: call.name ?? '' }, call.query.get('container') ?? '');
    if (this.#isDead || response.destroyed) return;
    if (logs.get(key) === undefined) return refuse(response, noLog);
    const stream = new LogStream({
      logs,
      key,
      response,
      setTimer: (ms, fn) => world.clock.setTimer(ms, fn),
      meet: () => {
        const fault = disturbance.meet(`line ${momentOf(call).slice('get '.length)}`, 'line');
        return fault !== undefined && isLineFault(fault) ? fault : undefined;
      },
      kill: () => this.#die(false),
    });
    this.#logStreams.add(stream);
  }

  /** Whoever gives up in the meantime waits for nothing any more. */
  async #holdLog(response: ServerResponse): Promise<void> {
    this.#heldLogs++;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.world.clock.setTimer(delayMs, resolve);
      response.once('close', () => {
        cancel();
        resolve();
      });
    });
    this.#heldLogs--;
  }

  #answerWith(fault: RequestFault, answer: RawAnswer | undefined, response: ServerResponse): void {
    if (isRefusal(fault)) return refuse(response, statusAnswers[fault]);
    switch (fault) {
      case 'drop':
      case 'cut':
        return void response.destroy();
      case 'kill-before':
      case 'kill-after':
        return this.#die(false);
      case 'half':
        return sendHalf(response, answer);
      case 'delay':
      case 'late':
        return send(response, answer);
      default:
        throw fault satisfies never;
    }
  }

  #meet(call: Call): RequestFault | undefined {
    const fault = this.#options.disturbance.meet(momentOf(call), isWrite(call) ? 'write' : 'read');
    return fault !== undefined && isRequestFault(fault) ? fault : undefined;
  }

  async #ask(call: Call, body: string, contentType: string | undefined): Promise<RawAnswer> {
    const { world } = this.#options;
    if (call.verb === 'list' && isMirrored(call.plural)) return await this.#list(call, call.plural);
    const { method, path } = call;
    const isTheirs = isWrite(call) && isSomebodyElses(call, world);
    const answer = await world.api.ask({ method, path, body: body === '' ? undefined : body, contentType });
    if (isWrite(call)) this.#note(call, answer, { body, isTheirs });
    if (!isMirrored(call.plural) || call.subresource === 'proxy') return answer;
    if (isWrite(call)) world.noteWrite(call.plural, method, answer);
    return this.#dated(answer);
  }

  /** That an elector renews its lease is not what it works. */
  #note(
    call: Call,
    { code }: RawAnswer,
    { body, isTheirs }: { readonly body: string; readonly isTheirs: boolean },
  ): void {
    if (call.plural === 'leases') return;
    const object = `${call.namespace ?? ''}/${call.name ?? nameIn(body)}`;
    const trespasses = isTheirs && code < 300;
    const atMs = this.#options.world.clock.ms;
    const said = call.plural === 'events' && call.verb === 'create' ? { said: saidIn(body) } : {};
    const holdsUp = call.plural === 'nixbuilds' && /"timesHeldUp":\d/.test(body);
    this.#options.written.push({ atMs, moment: momentOf(call), object, code, trespasses, holdsUp, ...said });
  }

  /** The times in it are this world's. */
  #dated(answer: RawAnswer): RawAnswer {
    if (answer.code >= 300) return answer;
    const object: unknown = JSON.parse(answer.text);
    const { kind } = object as { kind: string };
    return kind === 'Status' ? answer : { ...answer, text: JSON.stringify(this.#options.world.dated(liveOf(object))) };
  }

  async #list(call: Call, plural: Plural): Promise<RawAnswer> {
    const { world } = this.#options;
    await world.caughtUp();
    const items = world.list(plural).filter(selectionOf(call));
    const metadata = { resourceVersion: String(world.reached(plural)) };
    return { code: 200, text: JSON.stringify({ kind: 'List', metadata, items }), contentType: 'application/json' };
  }

  #watch(call: Call, plural: Plural, response: ServerResponse): void {
    const moment = momentOf(call);
    const refusal = this.#refusals.get(moment);
    this.#refusals.delete(moment);
    if (call.query.has('sendInitialEvents')) return refuse(response, statusAnswers['422']);
    if (refusal !== undefined) return refuse(response, refusal);
    const { world, disturbance } = this.#options;
    const stream = new Stream({
      moment,
      plural,
      selects: selectionOf(call),
      response,
      setTimer: (ms, fn) => world.clock.setTimer(ms, fn),
      meet: (hadBefore) => {
        const fault = disturbance.meet(moment, 'event', hadBefore);
        return fault !== undefined && isEventFault(fault) ? fault : undefined;
      },
      disturb: (fault) => this.#disturb(fault, moment),
    });
    this.#streams.add(stream);
    if (this.#isLagging) stream.freeze(lagMs);
    for (const event of world.since(plural, Number(call.query.get('resourceVersion')))) stream.offer(event);
  }

  #disturb(fault: EventFault, moment: string): void {
    if (fault === 'freeze-all') for (const stream of this.#streams) stream.freeze(20_000);
    else if (fault === 'kill' || fault === 'kill-lag') this.#die(fault === 'kill-lag');
    else if (fault === 'lag') {
      this.#beginLag();
      for (const stream of this.#streams) stream.expire();
    } else {
      const code = fault === 'gone-next' ? '410' : fault.slice(0, 3);
      if (code in statusAnswers) this.#refusals.set(moment, statusAnswers[code as keyof typeof statusAnswers]);
    }
  }

  #die(lagging: boolean): void {
    this.kill();
    this.#options.onKill({ lagging });
  }

  /** Lists are of now all the same: without a version asked for, the API server reads them from etcd. Its watches lag. */
  #beginLag(): void {
    this.#isLagging = true;
    this.#options.world.clock.setTimer(lagMs, () => {
      this.#isLagging = false;
    });
  }

  /** Of the controller, not of the proxy. */
  die(): void {
    if (!this.#isDead) this.#die(false);
  }

  async #hold({ plural }: Call): Promise<void> {
    const count = (by: 1 | -1) => {
      if (plural === 'leases') this.#heldOfElector += by;
      else this.held += by;
    };
    count(1);
    await new Promise<void>((resolve) => this.#options.world.clock.setTimer(delayMs, resolve));
    count(-1);
  }

  #scheduleBookmarks(): void {
    const { world } = this.#options;
    world.clock.setTimer(bookmarkMs, () => {
      if (this.#isDead) return;
      for (const stream of this.#streams) stream.bookmark(world.reached(stream.plural));
      this.#scheduleBookmarks();
    });
  }
}

/** Beside its own, enbi has only to do with the annotations of Pods and the status of NixBuilds. */
function isSomebodyElses(call: Call, world: World): boolean {
  const { plural, namespace, name, subresource, verb } = call;
  if (name === undefined || !isMirrored(plural)) return false;
  const live = world.get(plural, namespace === undefined ? name : `${namespace}/${name}`);
  if (live === undefined || live.metadata.labels?.[label.managedBy] === manager) return false;
  return !(verb === 'patch' && (plural === 'pods' || (plural === 'nixbuilds' && subresource === 'status')));
}

/** The server does what is asked. */
function isDone(fault: RequestFault): boolean {
  return ['cut', 'kill-after', 'half', 'delay', 'late', '504'].includes(fault);
}

function send(response: ServerResponse, answer: RawAnswer | undefined): void {
  const { code, text, contentType } = answer ?? unanswered();
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** As much as is said of it comes, and then the end: nothing but the JSON itself shows that it is not all. */
function sendHalf(response: ServerResponse, answer: RawAnswer | undefined): void {
  send(response, answer && { ...answer, text: answer.text.slice(0, answer.text.length / 2) });
}

function unanswered(): never {
  throw new Error('the proxy has no answer to send');
}

function refuse(response: ServerResponse, answer: StatusAnswer): void {
  if (answer.code === 429) response.setHeader('retry-after', '1');
  send(response, { code: answer.code, text: JSON.stringify(statusObject(answer)), contentType: 'application/json' });
}

/** As of a container that has not started. */
const noLog: StatusAnswer = { code: 400, reason: 'BadRequest', message: 'the container is waiting to start' };

function nameIn(body: string): string {
  const { metadata } = JSON.parse(body) as { metadata?: { name?: string } };
  return metadata?.name ?? '';
}

function saidIn(body: string): string {
  const { reason, involvedObject } = z
    .object({ reason: z.string(), involvedObject: z.object({ kind: z.string(), name: z.string() }) })
    .parse(JSON.parse(body));
  return `${reason} of ${involvedObject.kind} ${involvedObject.name}`;
}

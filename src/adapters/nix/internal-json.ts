import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import type { NixEvent } from '../../builder/ports.ts';
import type { Line } from './line-splitter.ts';

/** Numbers of Nix' wire format (`src/libutil/include/nix/util/logging.hh`). */
const activityType = { copyPath: 100, realise: 102, builds: 104, build: 105, fetchTree: 112 } as const;
const resultType = {
  buildLogLine: 101,
  setPhase: 104,
  progress: 105,
  setExpected: 106,
  postBuildLogLine: 107,
} as const;
const level = { error: 0, warn: 1, notice: 2, info: 3 } as const;

const maxActivities = 10_000;

/**
 * Nix tells the hash of a file that is not as it should be, and who knows that gets the file into the store: with Git LFS a server may
 * say that `file:///enbi/secret/netrc` is what it has to give. `(CAfile: … CRLfile: …)` says by which
 * authorities a host was not trusted.
 */
const ofThisPod = /(?<!\(CA| CRL)file:|path:\//i;
/** In place of what Nix says of such. */
export const untold =
  'the flake, or something that it takes in, names a file of the Pod that fetches it, of which enbi tells nothing; ' +
  'give it URLs that can be fetched from the cluster';

const Fields = z.array(z.union([z.string(), z.number()]));
const Message = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('start'),
    id: z.number(),
    type: z.number(),
    fields: Fields.default([]),
    text: z.string(),
  }),
  z.object({ action: z.literal('stop'), id: z.number() }),
  z.object({ action: z.literal('result'), id: z.number(), type: z.number(), fields: Fields.default([]) }),
  z.object({
    action: z.literal('msg'),
    level: z.number(),
    msg: z.string(),
    raw_msg: z.string().optional(),
    file: z.string().nullish(),
    line: z.number().nullish(),
    column: z.number().nullish(),
  }),
]);
type Message = z.infer<typeof Message>;
type Result = Extract<Message, { action: 'result' }>;
type Told = Extract<Message, { action: 'msg' }>;

/** An error as Nix reports it, without colours. */
export interface NixError {
  readonly message: string;
  /** The trace, down to the same message. */
  readonly trace: string;
  /** `flake.nix:17:21` */
  readonly position?: string;
}

/**
 * Reads `--log-format internal-json`, line by line. A builder's own output comes wrapped in results, but Nix passes on some
 * `@nix` lines of builders: file transfers, which are not counted here, and messages, which lack the `raw_msg` of errors.
 */
export class InternalJsonReader {
  readonly errors: NixError[] = [];
  /** Warnings that Nix goes on with something older than was asked for, as it could not ask. */
  readonly doubts: NixError[] = [];
  /** Lines that are not Nix' own, the last ones: git and ssh write past it. */
  readonly plainLines: string[] = [];
  /** Whether anything was to be built or copied: before that, Nix evaluates. */
  realising = false;
  readonly #types = new Map<number, number>();
  readonly #stage: 'fetch' | 'build';
  /** Nix takes `master` for a default branch it cannot learn. */
  #headless: NixError | undefined;

  constructor(stage: 'fetch' | 'build') {
    this.#stage = stage;
  }

  read(line: Line): NixEvent[] {
    if (!line.text.startsWith('@nix ')) return this.#readPlain(line.text);
    const message = parseMessage(line);
    return message === undefined ? [] : this.#readMessage(message);
  }

  #readPlain(text: string): NixEvent[] {
    const plain = stripVTControlCharacters(text.slice(0, 2000)).split('\r').at(-1)?.trimEnd() ?? '';
    if (plain === '') return [];
    this.plainLines.push(plain);
    if (this.plainLines.length > 50) this.plainLines.shift();
    return [{ type: 'notice', text: plain }];
  }

  #readMessage(message: Message): NixEvent[] {
    switch (message.action) {
      case 'start':
        return this.#start(message);
      case 'stop':
        return this.#types.delete(message.id) ? [{ type: 'ended', activity: message.id }] : [];
      case 'result':
        return this.#result(message);
      case 'msg':
        return this.#message(this.#stage === 'fetch' ? withoutFiles(message) : message);
      default:
        return message satisfies never;
    }
  }

  #start({ id, type, fields }: Extract<Message, { action: 'start' }>): NixEvent[] {
    if (this.#types.size < maxActivities) this.#types.set(id, type);
    if (type === activityType.fetchTree && this.#headless !== undefined) this.#doubt(this.#headless);
    this.realising ||= type === activityType.realise || type === activityType.builds;
    const [subject] = fields;
    if (typeof subject !== 'string') return [];
    if (type === activityType.build) return [{ type: 'building', activity: id, drvPath: subject }];
    return type === activityType.copyPath ? [{ type: 'copying', activity: id, path: subject }] : [];
  }

  #result(result: Result): NixEvent[] {
    const about = this.#types.get(result.id);
    if (about === activityType.build) return buildResult(result);
    if (about === activityType.copyPath) return copyResult(result);
    return about === activityType.realise ? expectedCopies(result) : [];
  }

  #message(message: Told): NixEvent[] {
    const text = stripVTControlCharacters(message.msg);
    if (message.level === level.error && message.raw_msg !== undefined) return [this.#error(message, message.raw_msg)];
    if (message.level === level.warn) this.#noteDoubt(text);
    const planned = plannedDerivations(text);
    if (planned !== undefined) return [{ type: 'planned', derivations: planned }];
    // At the level of information Nix lists every path of the plan.
    return message.level < level.info ? [{ type: 'notice', text }] : [];
  }

  #noteDoubt(text: string): void {
    const warning = text.replace(/^warning: /, '');
    const doubt = { message: warning, trace: text };
    // It does no harm where a rev decides: then nothing is fetched for it.
    if (warning.startsWith('could not read HEAD ref from ')) this.#headless = doubt;
    else if (/^could not update local clone of |; using cached version$/.test(warning)) this.#doubt(doubt);
  }

  #doubt(doubt: NixError): void {
    if (this.doubts.length < 100) this.doubts.push(doubt);
  }

  #error(message: Told, raw: string): NixEvent {
    const error: NixError = {
      message: stripVTControlCharacters(raw),
      trace: stripVTControlCharacters(message.msg),
      ...positionOf(message),
    };
    if (this.errors.length < 100) this.errors.push(error);
    const drvPath = isConsequence(error) ? undefined : derivationIn(error.message);
    return { type: 'failed', message: error.message, ...(drvPath === undefined ? {} : { drvPath }) };
  }
}

function withoutFiles(message: Told): Told {
  const { msg, raw_msg, file } = message;
  const isOfThisPod = [msg, raw_msg, file].some((text) => ofThisPod.test(stripVTControlCharacters(text ?? '')));
  if (!isOfThisPod) return message;
  return { action: 'msg', level: message.level, msg: untold, ...(raw_msg === undefined ? {} : { raw_msg: untold }) };
}

function buildResult({ id, type, fields: [text] }: Result): NixEvent[] {
  if (typeof text !== 'string') return [];
  if (type === resultType.buildLogLine || type === resultType.postBuildLogLine) {
    return [{ type: 'line', activity: id, line: text }];
  }
  return type === resultType.setPhase ? [{ type: 'phase', activity: id, phase: text }] : [];
}

function copyResult({ id, type, fields: [done] }: Result): NixEvent[] {
  return type === resultType.progress && typeof done === 'number'
    ? [{ type: 'copied', activity: id, bytes: done }]
    : [];
}

function expectedCopies({ id, type, fields: [about, bytes] }: Result): NixEvent[] {
  const isIt = type === resultType.setExpected && about === activityType.copyPath && typeof bytes === 'number';
  return isIt ? [{ type: 'copyExpected', activity: id, bytes }] : [];
}

/** True for what fails only because something else did. */
export function isConsequence(error: NixError): boolean {
  return /\nReason: \d+ dependenc(?:y|ies) failed|^path '.*' is required, but there is no substituter/.test(
    error.message,
  );
}

function derivationIn(message: string): string | undefined {
  return /'(\/nix\/store\/[0-9a-z]{32}-[^'\s]*\.drv)'/.exec(message)?.[1];
}

function positionOf({ file, line, column }: Told): { readonly position?: string } {
  if (typeof file !== 'string' || typeof line !== 'number') return {};
  // «git://host/x?rev=…»/flake.nix:17:21, the line and column included.
  const path = file
    .slice(0, 1000)
    .replace(/^(?:.*»|\/nix\/store\/[0-9a-z]{32}-source)\//, '')
    .replace(/(?::\d+)+$/, '');
  return { position: `${path}:${line}${typeof column === 'number' ? `:${column}` : ''}` };
}

/** Nix counts goals, dependencies over again; what it lists beforehand is the number people expect. */
function plannedDerivations(text: string): number | undefined {
  if (text === 'this derivation will be built:') return 1;
  const count = /^these (\d+) derivations will be built:$/.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function parseMessage({ text, tail }: Line): Message | undefined {
  const json = text.slice('@nix '.length);
  return parseJson(tail === undefined ? json : mended(json, tail));
}

/** A log line too long to keep: its beginning, with the end of the JSON around it (fields come before id and type). */
function mended(json: string, tail: string): string {
  const end = /"\],"id":\d+,"type":\d+\}$/.exec(tail)?.[0];
  return end === undefined ? json : json.slice(0, 2000).replace(/\\+[^\\]{0,5}$/, '') + end;
}

function parseJson(json: string): Message | undefined {
  try {
    return Message.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

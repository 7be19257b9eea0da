/** A regular expression as a tree; of a character class only its text, which the engine itself reads. */
export type Part =
  | { readonly type: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly type: 'at'; readonly holds: (text: string, at: number) => boolean }
  | { readonly type: 'look'; readonly of: Part; readonly negative: boolean; readonly behind: boolean }
  | { readonly type: 'all'; readonly parts: readonly Part[] }
  | { readonly type: 'any'; readonly parts: readonly Part[] }
  | { readonly type: 'repeat'; readonly of: Part; readonly min: number; readonly max: number; readonly lazy: boolean };

/** Reads what src/ uses of JavaScript's expressions; throws for anything else, so that nothing passes unread. */
export function parseExpression({ source, flags }: RegExp): Part {
  return new Parser(source, flags.replace(/[gyd]/g, '')).parse();
}

class Parser {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  parse(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#source.length) throw new Error(`not read: ${this.#source.slice(this.#at)}`);
    return part;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { type: 'any', parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) parts.push(this.#repeated());
    return { type: 'all', parts };
  }

  #repeated(): Part {
    const of = this.#atom();
    const found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(this.#source.slice(this.#at));
    if (found === null) return of;
    const [text, low = '0', comma, high = ''] = found;
    this.#at += text.length;
    const lazy = this.#take('?');
    if (text === '?') return { type: 'repeat', of, min: 0, max: 1, lazy };
    if (text === '*' || text === '+') return { type: 'repeat', of, min: text === '+' ? 1 : 0, max: Infinity, lazy };
    const min = Number(low);
    if (comma === undefined) return { type: 'repeat', of, min, max: min, lazy };
    return { type: 'repeat', of, min, max: high === '' ? Infinity : Number(high), lazy };
  }

  #atom(): Part {
    if (this.#take('(')) return this.#group();
    if (this.#take('^')) return { type: 'at', holds: this.#edge((text, at) => at === 0 || text[at - 1] === '\n', 0) };
    if (this.#take('$')) {
      return { type: 'at', holds: this.#edge((text, at) => at === text.length || text[at] === '\n', 1) };
    }
    const one =
      /^(?:\[\^?(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c.|\\.|.)/su.exec(
        this.#source.slice(this.#at),
      );
    const text = one?.[0] ?? '';
    if (text === '' || /^\\[1-9k]/.test(text)) throw new Error(`not read: ${this.#source.slice(this.#at)}`);
    this.#at += text.length;
    if (/^\\[bB]$/.test(text)) return { type: 'at', holds: wordEdge(text === '\\b') };
    const pattern = new RegExp(`^(?:${text})$`, this.#flags.replace('m', ''));
    return { type: 'one', accepts: (character) => pattern.test(character) };
  }

  #group(): Part {
    const head = /^(?:\?(?::|<?[=!]|<\w+>))/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += head.length;
    const of = this.#alternatives();
    if (!this.#take(')')) throw new Error('a group that does not end');
    if (!/[=!]$/.test(head)) return of;
    return { type: 'look', of, negative: head.endsWith('!'), behind: head.startsWith('?<') };
  }

  #edge(ofLine: (text: string, at: number) => boolean, end: 0 | 1) {
    if (this.#flags.includes('m')) return ofLine;
    return (text: string, at: number) => at === end * text.length;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function wordEdge(wanted: boolean): (text: string, at: number) => boolean {
  const isWord = (character: string | undefined) => character !== undefined && /\w/.test(character);
  return (text, at) => (isWord(text[at - 1]) !== isWord(text[at])) === wanted;
}

type Rest = (at: number) => boolean;

/**
 * How many characters a backtracking engine looks at until it knows that the text holds no match, or has found all: what V8 does
 * (irregexp), counted instead of timed. Infinite beyond `most`.
 */
export function stepsOf(part: Part, text: string, most: number): number {
  let steps = 0;
  const count = () => {
    if (++steps > most) throw new TooMany();
  };
  const match = (of: Part, at: number, rest: Rest): boolean => {
    switch (of.type) {
      case 'one':
        count();
        return at < text.length && of.accepts(text.charAt(at)) && rest(at + 1);
      case 'at':
        count();
        return of.holds(text, at) && rest(at);
      case 'look':
        return looks(of, at) && rest(at);
      case 'all':
        return sequence(of.parts, 0, at, rest);
      case 'any':
        return of.parts.some((each) => match(each, at, rest));
      case 'repeat':
        return repeat(of, at, rest);
      default:
        return of satisfies never;
    }
  };
  const sequence = (parts: readonly Part[], index: number, at: number, rest: Rest): boolean => {
    const part = parts[index];
    return part === undefined ? rest(at) : match(part, at, (next) => sequence(parts, index + 1, next, rest));
  };
  const looks = ({ of, negative, behind }: Extract<Part, { type: 'look' }>, at: number): boolean => {
    const starts = behind ? [at - 1, at - 2].filter((start) => start >= 0) : [at];
    const found = starts.some((start) => match(of, start, (end) => !behind || end === at));
    return found !== negative;
  };
  const repeat = (of: Extract<Part, { type: 'repeat' }>, at: number, rest: Rest): boolean => {
    // Of single characters without recursion: texts are long.
    if (of.of.type === 'one' && !of.lazy) return run(of.of, of, at, rest);
    const again = (times: number, from: number): boolean => {
      const more = () =>
        times < of.max && match(of.of, from, (next) => (next > from || times < of.min) && again(times + 1, next));
      if (times < of.min) return more();
      return of.lazy ? rest(from) || more() : more() || rest(from);
    };
    return again(0, at);
  };
  const run = (one: Extract<Part, { type: 'one' }>, of: Extract<Part, { type: 'repeat' }>, at: number, rest: Rest) => {
    let end = at;
    while (end < text.length && end - at < of.max && one.accepts(text.charAt(end))) {
      count();
      end++;
    }
    for (; end - at >= of.min; end--) if (rest(end)) return true;
    return false;
  };
  try {
    // As replaceAll does, and as test does where nothing matches: from every place that no match has passed.
    for (let start = 0; start <= text.length; ) {
      let end = start;
      const matched = match(part, start, (at) => {
        end = at;
        return true;
      });
      if (startsOnlyAtBegin(part)) break;
      start = matched && end > start ? end : start + 1;
    }
  } catch (thrown) {
    if (!(thrown instanceof TooMany)) throw thrown;
    return Number.POSITIVE_INFINITY;
  }
  return steps;
}

class TooMany extends Error {}

/** V8 gives up at once where an expression begins with `^`. */
function startsOnlyAtBegin(part: Part): boolean {
  if (part.type === 'any') return part.parts.every(startsOnlyAtBegin);
  if (part.type === 'all') return part.parts[0] !== undefined && startsOnlyAtBegin(part.parts[0]);
  return part.type === 'at' && part.holds('ab', 0) && !part.holds('ab', 1) && !part.holds('\nb', 1);
}

/** Texts that are long in one place: each repetition of the expression filled, behind what leads to it, and a bad end. */
export function worstTexts(part: Part, letters: readonly string[], length: number): readonly string[] {
  const texts = new Set<string>();
  const fill = (pump: string) => pump.repeat(Math.ceil(length / pump.length)).slice(0, length);
  const visit = (of: Part, before: string): void => {
    if (of.type === 'repeat' && of.max > 40) {
      for (const pump of pumpsOf(of.of, letters))
        for (const end of ['', '\u0000', '!']) texts.add(before + fill(pump) + end);
    }
    if (of.type === 'repeat' || of.type === 'look') visit(of.of, before);
    if (of.type === 'any') for (const each of of.parts) visit(each, before);
    if (of.type !== 'all') return;
    let lead = before;
    for (const each of of.parts) {
      visit(each, lead);
      lead += shortest(each, letters);
    }
  };
  visit(part, '');
  const whole = shortest(part, letters);
  for (const pump of [...letters, ...(whole === '' ? [] : [whole, whole.slice(0, -1) || whole])]) {
    for (const end of ['', '\u0000']) texts.add(fill(pump) + end);
  }
  return [...texts];
}

function pumpsOf(of: Part, letters: readonly string[]): readonly string[] {
  if (of.type === 'one') return letters.filter((letter) => of.accepts(letter));
  const text = shortest(of, letters);
  return text === '' ? [] : [text];
}

/** A shortest text that matches, as far as single letters go. */
function shortest(of: Part, letters: readonly string[]): string {
  switch (of.type) {
    case 'one':
      return letters.find((letter) => of.accepts(letter)) ?? '';
    case 'all':
      return of.parts.map((each) => shortest(each, letters)).join('');
    case 'any':
      return of.parts.map((each) => shortest(each, letters)).find((text) => text !== '') ?? '';
    case 'repeat':
      return shortest(of.of, letters).repeat(Math.max(of.min, of.of.type === 'one' ? of.min : Math.min(of.max, 1)));
    case 'at':
    case 'look':
      return '';
    default:
      return of satisfies never;
  }
}

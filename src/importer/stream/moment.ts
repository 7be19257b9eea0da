/** A moment as a stream script's conf has it, and as Python's `isoformat` would print it again. */
export interface Moment {
  readonly text: string;
  /** Since 1970, cut off. */
  readonly seconds: number;
}

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{6}))?(Z|[+-]\d\d:\d\d)$/;

/** Undefined: not in the one form that `date -Iseconds` writes; without a zone it would depend on the machine. */
export function parseMoment(text: string): Moment | undefined {
  const [, day = '', micros = '000000', zone = ''] = form.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}${zone}`);
  if (Number.isNaN(milliseconds)) {
    return undefined;
  }
  const shown = micros === '000000' ? '' : `.${micros}`;
  const exact = milliseconds / 1000 + Number(micros) / 1e6;
  return { text: `${day}${shown}${zone === 'Z' ? '+00:00' : zone}`, seconds: Math.trunc(exact) };
}

export function momentOf(now: Date): Moment {
  const text = now.toISOString().replace(/\.(\d{3})Z$/, '.$1000+00:00');
  return { text, seconds: Math.trunc(now.getTime() / 1000) };
}

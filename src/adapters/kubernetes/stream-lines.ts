import { StringDecoder } from 'node:string_decoder';

export interface LineOptions {
  /** Of a line longer than so many characters the rest is left out. */
  readonly max?: number;
  /** A last line without its end is one too; else it is dropped. */
  readonly withLast?: boolean;
}

export async function* streamLines(
  chunks: AsyncIterable<Buffer>,
  { max = Number.POSITIVE_INFINITY, withLast = false }: LineOptions = {},
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  // Parts of a line are joined once it is complete: a big object comes in many chunks.
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = '', ...rest] = decoder.write(chunk).split('\n');
    if (length < max) parts.push(first.slice(0, max - length));
    length += first.length;
    for (const next of rest) {
      yield parts.join('');
      parts = [next.slice(0, max)];
      length = next.length;
    }
  }
  if (withLast && length > 0) yield parts.join('');
}

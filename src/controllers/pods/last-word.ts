import { oneLine } from '../../printable.ts';

const most = 200;

/** Of the log of a derivation that failed, the line that says most; empty: it said nothing. The log is a stranger's, and bounded by its schema. */
export function lastWord(logTail: string | undefined): string {
  const lines = (logTail ?? '').split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((each) => /\b(?:error|fatal|failed|not found)\b/i.test(each)) ?? lines.at(-1);
  return line === undefined ? '' : `; its log: ${oneLine(line.trim(), most)}`;
}

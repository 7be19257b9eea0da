import { posix } from 'node:path';
import { keysAt, settingAt } from './settings-tree.ts';

const begin =
  '# --- Settings: written by `npm run generate` from src/main/settings-table.ts; null leaves one unset. ---\n';
const width = 100;

/** charts/enbi/values.yaml: the part that people write, and below it the settings of the controller. */
export function valuesFile(current: string): string {
  const [written = ''] = current.split(begin);
  return `${written}${begin}${linesBelow([]).join('\n')}\n`;
}

function linesBelow(prefix: readonly string[]): readonly string[] {
  const indent = '  '.repeat(prefix.length);
  return keysAt(prefix).flatMap((key) => {
    const path = [...prefix, key];
    const found = settingAt(path);
    const gap = prefix.length === 0 ? [''] : [];
    if (found === undefined) return [...gap, `${indent}${key}:`, ...linesBelow(path)];
    const { meaning, fallback } = found.setting;
    return [...gap, ...comment(meaning, indent), `${indent}${key}: ${JSON.stringify(fallback ?? null)}`];
  });
}

/** Markdown as plain text, broken into lines. Who has the chart alone is told which page to look for. */
function comment(meaning: string, indent: string): readonly string[] {
  const plain = meaning.replaceAll(/\[([^\]]+)\]\(([^)#]*)[^)]*\)/g, (_, text: string, target: string) => {
    return `${text} (${posix.join('docs/reference', target)})`;
  });
  const words = plain.split(' ');
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text) => `${indent}# ${text}`);
}

import { shorten } from '../../printable.ts';
import { commandsIn, fillNames, type Names } from './fill-names.ts';

export interface ReasonText {
  readonly meaning: string;
  readonly remedy: string;
  /** Those in both, each as it can be run. */
  readonly commands: readonly string[];
  /** Where the same stands in the documentation. */
  readonly page: string;
}

const mark = '**What to do:**';

/** What docs/reference/reasons.md says of a reason, as plain text about one object; undefined when it has no entry. */
export function reasonText(reasonsPage: string, reason: string, names: Names): ReasonText | undefined {
  const entry = reasonsPage.split(/^### /m).find((text) => text.startsWith(`${reason}\n`));
  if (entry === undefined) return undefined;
  // The next chapter's title follows the last entry of one.
  const section = entry.slice(reason.length).split(/^## /m)[0] ?? '';
  // A table says nothing in a paragraph.
  const whole = section.replaceAll(/^\|.*\n?/gm, '');
  const body = names.hasNoBuild === true ? withoutRetries(whole) : whole;
  const [meaning = '', remedy = ''] = body.split(mark).map((text) => fillNames(unlinked(text), names));
  const commands = commandsIn(body, names);
  return {
    meaning: plain(meaning),
    remedy: plain(remedy),
    commands,
    page: `docs/reference/reasons.md#${reason.toLowerCase()}`,
  };
}

/** Whoever has the plugin need not have the pages: where to read on is named, a link in brackets is nothing, of others the text stays. */
function unlinked(markdown: string): string {
  return markdown
    .replaceAll(/ ?\(\[[^\]]*\]\([^)]*\.md[^)]*\)\)/g, '')
    .replaceAll(/\bsee \[([^\]]*)\]\([^)]*\.md[^)]*\)/g, `see "$1" in enbi's documentation`)
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** Without what is said of a NixBuild and a command for it: sentences, and a last step that follows after `; then`. */
function withoutRetries(markdown: string): string {
  return markdown
    .replaceAll(/; then `kubectl enbi retry NAME`[^.]*/g, '')
    .replaceAll(/(?<=^|[.:]\s+)[A-Z][^.]*`kubectl enbi (?:retry|cancel|logs) NAME`[^.]*\.\s*/gm, '');
}

/** Lines joined to paragraphs; code that stands on lines of its own keeps them. */
function plain(markdown: string): string {
  const text = markdown
    .replaceAll('`', '')
    .trim()
    .replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
  return shorten(text, 2000);
}

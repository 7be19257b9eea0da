import { shorten } from '../../printable.ts';
import { fillNames, type Names } from './fill-names.ts';

export interface ReasonText {
  readonly meaning: string;
  readonly remedy: string;
  /** Where the same stands in the documentation. */
  readonly page: string;
}

const mark = '**What to do:**';

/** What docs/reference/reasons.md says of a reason, as plain text about one object; undefined when it has no entry. */
export function reasonText(reasonsPage: string, reason: string, names: Names): ReasonText | undefined {
  const entry = reasonsPage.split(/^### /m).find((text) => text.startsWith(`${reason}\n`));
  if (entry === undefined) return undefined;
  // The next chapter's title follows the last entry of one.
  const body = entry.slice(reason.length).split(/^## /m)[0] ?? '';
  const [meaning = '', remedy = ''] = body.split(mark).map((text) => plain(fillNames(unlinked(text), names)));
  return { meaning, remedy, page: `docs/reference/reasons.md#${reason.toLowerCase()}` };
}

/** A link to another page becomes the place of that page; one within the page, and one to elsewhere, its text. */
function unlinked(markdown: string): string {
  return markdown
    .replaceAll(
      /\(\[[^\]]*\]\(((?:\.\.\/)?[\w-]+(?:\/[\w-]+)*\.md)[^)]*\)\)/g,
      (_, target: string) => `(${pageOf(target)})`,
    )
    .replaceAll(
      /\[([^\]]*)\]\(((?:\.\.\/)?[\w-]+(?:\/[\w-]+)*\.md)[^)]*\)/g,
      (_, text: string, target: string) => `${text} (${pageOf(target)})`,
    )
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

function pageOf(target: string): string {
  return target.startsWith('../') ? `docs/${target.slice('../'.length)}` : `docs/reference/${target}`;
}

/** Lines joined to paragraphs; code that stands on lines of its own keeps them. */
function plain(markdown: string): string {
  const text = markdown
    .replaceAll('`', '')
    .trim()
    .replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
  return shorten(text, 2000);
}

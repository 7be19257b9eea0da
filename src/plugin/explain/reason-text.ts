import { shorten } from '../../printable.ts';

export interface ReasonText {
  readonly meaning: string;
  readonly remedy: string;
  /** Where the same stands in the documentation. */
  readonly page: string;
}

const mark = '**What to do:**';

/** What docs/reference/reasons.md says of a reason, as plain text; undefined when it has no entry. */
export function reasonText(reasonsPage: string, reason: string): ReasonText | undefined {
  const entry = reasonsPage.split(/^### /m).find((text) => text.startsWith(`${reason}\n`));
  if (entry === undefined) return undefined;
  // The next chapter's title follows the last entry of one.
  const body = entry.slice(reason.length).split(/^## /m)[0] ?? '';
  const [meaning = '', remedy = ''] = body.split(mark);
  return { meaning: plain(meaning), remedy: plain(remedy), page: `docs/reference/reasons.md#${reason.toLowerCase()}` };
}

/** Links without their targets, lines joined to paragraphs. */
function plain(markdown: string): string {
  const text = markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .trim()
    .replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
  return shorten(text, 2000);
}

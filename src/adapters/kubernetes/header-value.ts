import { UserError } from '../../errors.ts';

/** As Go sends it: the bytes of its UTF-8. Throws `UserError` for what no request can carry. */
export function headerValue(text: string, what: string): string {
  if (/[^\P{Cc}\t]/u.test(text)) {
    throw new UserError('InvalidKubeconfig', `${what} holds a line break or another control character`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

import { UserError } from '../errors.ts';

/** Every refusal of this folder: what is wrong and what to do, with the text itself made harmless for logs and events. */
export function invalidReference(text: string, problem: string): UserError {
  return new UserError('InvalidFlakeReference', `flake reference ${quoted(withoutPassword(text))} ${problem}`);
}

/** Events and logs go further than what somebody wrote. */
function withoutPassword(text: string): string {
  return text.replace(/^([^/]*\/\/)([^/@]*)@/, (whole, scheme: string, login: string) =>
    login.includes(':') ? `${scheme}…@` : whole,
  );
}

/** A stranger's text, printable and short. */
export function quoted(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return `"${short.replace(/[^\x20-\x7e…]/g, '?')}"`;
}

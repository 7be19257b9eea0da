import { asError, InternalError, PolicyError, TransientError, UserError } from '../src/errors.ts';

const foreseen = [UserError, PolicyError, TransientError, InternalError];
/** Between the text of an error and those of its causes. */
const separator = ': ';

/** What went wrong, for people: what was said and why. A stack only of what nobody foresaw, such as a TypeError: a defect. */
export function failureText(thrown: unknown): string {
  const error = asError(thrown);
  if (isOfSystem(error)) return textOfSystem(error);
  const isForeseen = error.constructor === Error || foreseen.some((kind) => error instanceof kind);
  return isForeseen ? textWithCauses(error) : (error.stack ?? error.message);
}

function textWithCauses(error: Error): string {
  const said: string[] = [];
  for (let at: unknown = error; at instanceof Error && said.length < 5; at = at.cause) {
    const text = isOfSystem(at) ? textOfSystem(at) : at.message;
    if (!said.some((earlier) => earlier.includes(text))) said.push(text);
  }
  return said.join(separator);
}

const plain: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write or run it',
  EDQUOT: 'the quota of this user is used up',
  EMFILE: 'this process has too many files open: raise `ulimit -n`',
};

function textOfSystem(error: NodeJS.ErrnoException): string {
  const why = plain[error.code ?? ''];
  return why === undefined ? error.message : `${why} (${error.message})`;
}

function isOfSystem(error: Error): error is NodeJS.ErrnoException {
  return 'syscall' in error && 'code' in error;
}

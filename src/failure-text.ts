import { asError, InternalError, PolicyError, TransientError, UserError } from './errors.ts';

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
  EACCES: 'this user may not read, write or run it',
  EPERM: 'this user may not do that',
  EDQUOT: 'the quota of this user is used up',
  EMFILE: 'this process has too many files open: raise `ulimit -n`',
  EADDRINUSE: 'another program listens there already',
  ECONNREFUSED: 'nothing listens there',
};

function textOfSystem(error: SystemError): string {
  const why = missingProgram(error) ?? plain[error.code];
  return why === undefined ? error.message : `${why} (${error.message})`;
}

function missingProgram({ code, syscall }: SystemError): string | undefined {
  const [, program] = /^spawn(?:Sync)? (.+)/s.exec(syscall) ?? [];
  return code === 'ENOENT' && program !== undefined ? `the program ${program} is not there, or not in PATH` : undefined;
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
}

/** What the operating system refuses, as Node tells it: a full disk, a file that is not there. No defect of the program's. */
export function isOfSystem(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return false;
  return typeof error.syscall === 'string' && typeof error.code === 'string';
}

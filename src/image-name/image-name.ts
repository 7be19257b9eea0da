import { UserError } from '../errors.ts';
import { grammar, splitImageName } from './grammar.ts';

/** A fully qualified name with a tag: what an image record in containerd is called. */
export interface ImageName {
  readonly host: string;
  /** Path on the host, without it: `library/nginx`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
  /** As it was written; `formatImageName` gives the name containerd and the kubelet's runtime look up. */
  readonly text: string;
}

/** More than a host, a repository, a tag and a digest can have together; looked at first. */
const longest = 512;

/** Throws UserError `InvalidImageName` that says what is wrong and what to write instead. */
export function parseImageName(text: string): ImageName {
  refuseUnless(text.length <= longest, text, `has ${text.length} characters`, `keep it within ${longest}`);
  const { host, repository, tag, digest } = splitImageName(text);
  refuseUnless(text.length > 0, text, 'is empty', 'write for example registry.example/team/app:1.0');
  if (host === undefined || !isHost(host)) {
    refuse(text, 'does not begin with a registry host', hostAdvice(text));
  }
  refuseUnless(grammar.host.test(host), text, `has a malformed host "${show(host)}"`, 'write host or host:port');
  checkRepository(text, host, repository);
  checkTag(text, tag);
  refuseUnless(
    digest === undefined || grammar.digest.test(digest),
    text,
    'has a malformed digest',
    'write @sha256: and 64 lower-case hexadecimal digits, or leave the digest out',
  );
  return { ...canonical(host, repository), tag, ...(digest === undefined ? {} : { digest }), text };
}

/** A name that enbi can load an image under: it has no digest, which a build could only meet by chance. */
export function parseImageTag(text: string): ImageName {
  const name = parseImageName(text);
  refuseUnless(
    name.digest === undefined,
    text,
    'asks for one digest',
    'leave @sha256:… out: what is built decides the digest',
  );
  return name;
}

/** Without `text`'s liberties: Docker Hub's short names are written out. */
export function formatImageName(name: Omit<ImageName, 'text'>): string {
  const digest = name.digest === undefined ? '' : `@${name.digest}`;
  return `${name.host}/${name.repository}:${name.tag}${digest}`;
}

/** Docker's rule for telling a host from a path (distribution/reference, `splitDockerDomain`). */
export function isHost(first: string): boolean {
  return first.includes('.') || first.includes(':') || first === 'localhost';
}

/** Docker Hub's two short forms; containerd's CRI plugin writes them out before it looks a name up. */
function canonical(host: string, repository: string): Pick<ImageName, 'host' | 'repository'> {
  if (host !== 'docker.io' && host !== 'index.docker.io') {
    return { host, repository };
  }
  return { host: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

function checkRepository(text: string, host: string, repository: string): void {
  const length = host.length + 1 + repository.length;
  refuseUnless(repository.length > 0, text, 'has no repository', `write ${host}/app:1.0`);
  refuseUnless(length <= 255, text, `has a name of ${length} characters`, 'keep host and repository within 255');
  if (!grammar.repository.test(repository)) {
    const lower = repository.toLowerCase();
    const advice = grammar.repository.test(lower)
      ? `write ${host}/${lower}, repositories are lower-case`
      : 'use lower-case letters and digits, joined by single . _ / or by __ or dashes';
    refuse(text, `has a malformed repository "${show(repository)}"`, advice);
  }
}

function checkTag(text: string, tag: string | undefined): asserts tag is string {
  if (tag === undefined) {
    const name = text.split('@')[0] ?? text;
    refuse(text, 'has no tag', `enbi loads an image under a tag: write ${show(name)}:1.0`);
  }
  refuseUnless(tag.length <= 128, text, `has a tag of ${tag.length} characters`, 'keep it within 128');
  refuseUnless(
    grammar.tag.test(tag),
    text,
    `has a malformed tag "${show(tag)}"`,
    'use letters, digits, _ . and -, not beginning with . or -',
  );
}

function hostAdvice(text: string): string {
  const path = text.replace(/^\/+/, '');
  // Whoever follows the advice is not to be refused again: neither for the tag nor as a name of Docker Hub.
  const tag = /[:@]/.test(path) ? '' : ':1.0';
  return `write git.example/${show(path)}${tag}, with the host of the flake's repository`;
}

function refuseUnless(condition: boolean, text: string, problem: string, advice: string): asserts condition {
  if (!condition) {
    refuse(text, problem, advice);
  }
}

function refuse(text: string, problem: string, advice: string): never {
  throw new UserError('InvalidImageName', `image name "${show(text)}" ${problem}; ${advice}`);
}

/** A stranger's text inside a message: bounded, printable. */
function show(text: string): string {
  const printable = text.slice(0, 200).replace(/[^\x20-\x7e]/g, '?');
  return text.length > 200 ? `${printable}…` : printable;
}

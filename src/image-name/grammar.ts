const hostLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const pathPart = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';

/** The grammar of image references as Docker and containerd read them (distribution/reference, `regexp.go`). */
export const grammar = {
  host: new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`),
  repository: new RegExp(`^${pathPart}(?:/${pathPart})*$`),
  tag: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  /** Only sha256: the one algorithm containerd's content store writes by itself. */
  digest: /^sha256:[0-9a-f]{64}$/,
} as const;

export interface ImageNameParts {
  /** What stands before the first slash; not yet known to be a host. */
  readonly host: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Cuts at the marks, checks nothing. The tag's colon is the one after the last slash; the host's may stand before. */
export function splitImageName(text: string): ImageNameParts {
  const [name, digest] = cut(text, text.indexOf('@'));
  const colon = name.lastIndexOf(':');
  const [path, tag] = cut(name, colon > name.lastIndexOf('/') ? colon : -1);
  const slash = path.indexOf('/');
  return slash === -1
    ? { host: undefined, repository: path, tag, digest }
    : { host: path.slice(0, slash), repository: path.slice(slash + 1), tag, digest };
}

function cut(text: string, at: number): [string, string | undefined] {
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

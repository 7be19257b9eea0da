import { splitImageName } from './grammar.ts';
import { hostKey } from './image-host.ts';
import { type ImageName, isHost } from './image-name.ts';

/**
 * One text for all names that mean one image: `nginx`, `index.docker.io/nginx:latest` and `docker.io:443/library/nginx`. For
 * comparing what different people wrote, so it takes any text, also what `parseImageName` refuses. A digest beside a tag is left
 * out. Undefined: the text asks for a digest alone, which no tag can be mistaken for.
 */
export function nameKeyOf(text: string): string | undefined {
  const { tag, digest } = splitImageName(text);
  if (tag === undefined && digest !== undefined) return undefined;
  return `${repositoryKeyOf(text)}:${tag ?? 'latest'}`;
}

/** Host and path of any text: `docker.io/library/nginx` for `nginx:1`. */
export function repositoryKeyOf(text: string): string {
  const { host, repository } = splitImageName(text);
  if (host !== undefined && isHost(host)) return repositoryKey({ host, repository });
  return repositoryKey({ host: 'docker.io', repository: host === undefined ? repository : `${host}/${repository}` });
}

export function repositoryKey({ host, repository }: Pick<ImageName, 'host' | 'repository'>): string {
  const key = hostKey(host);
  return key === 'docker.io' && !repository.includes('/') ? `${key}/library/${repository}` : `${key}/${repository}`;
}

import type { FlakeFiles } from './git-server-manifests.ts';

/** examples/hello with layers that are on no node yet, whatever was built before: containerd shares layers between all images. */
export function unlikeAny(hello: FlakeFiles, token: string): FlakeFiles {
  const page = 'site/index.html';
  return {
    ...hello,
    'serve.sh': `${hello['serve.sh'] ?? ''}# ${token}\n`,
    [page]: `${hello[page] ?? ''}<!-- ${token} -->\n`,
  };
}

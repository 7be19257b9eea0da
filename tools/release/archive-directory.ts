import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { reproducible } from '../../image/layer.ts';

const owners = ['--owner=0', '--group=0', '--mode=u+rwX,go+rX,go-w'];

/** A compressed tar of some things in a directory: the same files give the same bytes, whoever owns them and whenever. */
export async function archiveOf(directory: string, names: readonly string[]): Promise<Buffer> {
  const args = ['--create', ...reproducible, ...owners, '--file=-', ...names];
  const options = { cwd: directory, encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout } = await promisify(execFile)('tar', args, options);
  return gzipSync(stdout, { level: 9 });
}

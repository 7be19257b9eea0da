import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Handover } from '../../builder/ports.ts';
import { InternalError, TransientError } from '../../errors.ts';
import { codeOf } from './error-code.ts';

const Handed = z.strictObject({
  lockedUrl: z.string().max(4096),
  source: z.string().max(4096),
  substituters: z.array(z.string().max(4096)).optional(),
});

/** The directory that both containers of a build Pod mount, and `fetch` alone may write. */
export function createHandover(directory: string): Handover {
  const path = join(directory, 'locked.json');
  return {
    lockFile: join(directory, 'flake.lock'),
    write: async (handed) => {
      // All of it or nothing: whoever finds the file may begin.
      await writeFile(`${path}.new`, JSON.stringify(handed));
      await rename(`${path}.new`, path);
    },
    read: async () => {
      try {
        return Handed.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') throw new TransientError('PodLost', nothingHanded, { cause });
        throw new InternalError('InternalError', 'what container fetch handed over cannot be read', { cause });
      }
    },
  };
}

const nothingHanded =
  'the build was not begun: container fetch ended before it had handed anything over; its own log says why';

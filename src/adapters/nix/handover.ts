import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Handover } from '../../builder/ports.ts';
import { InternalError } from '../../errors.ts';

const Handed = z.strictObject({
  lockedUrl: z.string().max(4096),
  source: z.string().max(4096),
  substituters: z.array(z.string().max(4096)).optional(),
});

/** The directory that both containers of a build Pod mount. */
export function createHandover(directory: string): Handover {
  const path = join(directory, 'locked.json');
  return {
    lockFile: join(directory, 'flake.lock'),
    write: (handed) => writeFile(path, JSON.stringify(handed)),
    read: async () => {
      try {
        return Handed.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (cause) {
        throw new InternalError('InternalError', 'the step before handed nothing over', { cause });
      }
    },
  };
}

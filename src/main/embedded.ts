import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Embedded } from '../plugin/ports.ts';

/** Put in by tools/plugin.ts when the bundle is made; run from source there is none, and the files are read. */
declare const ENBI_EMBEDDED: string | undefined;

const Texts = z.object({ version: z.string(), reasonsPage: z.string(), permissions: z.string() });

export function embeddedTexts(): Embedded {
  if (typeof ENBI_EMBEDDED === 'string') return Texts.parse(JSON.parse(ENBI_EMBEDDED));
  return {
    version: z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version,
    reasonsPage: read('docs/reference/reasons.md'),
    permissions: read('deploy/rbac.yaml'),
  };
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

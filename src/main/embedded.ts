import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Embedded } from '../plugin/ports.ts';

/** Put in by tools/plugin.ts when the bundle is made; run from source there is none, and the files are read. */
declare const ENBI_EMBEDDED: string | undefined;

const Texts = z.object({
  version: z.string(),
  reasonsPage: z.string(),
  permissions: z.string(),
  policies: z.record(z.string(), z.string()),
});

const policyFiles = ['deploy/admission-jobs.yaml', 'deploy/admission-objects.yaml', 'deploy/admission-tenants.yaml'];

export function embeddedTexts(): Embedded {
  if (typeof ENBI_EMBEDDED === 'string') return Texts.parse(JSON.parse(ENBI_EMBEDDED));
  return {
    version: z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version,
    reasonsPage: read('docs/reference/reasons.md'),
    permissions: read('deploy/rbac.yaml'),
    policies: Object.fromEntries(policyFiles.map((file) => [file, read(file)])),
  };
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

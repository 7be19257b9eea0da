import * as z from 'zod';
import { limits } from '../limits.ts';
import { refuseBeyond, refuseUnless } from './refusal.ts';

/**
 * What containerd takes for an image config (OCI image-spec, config.md). Read there by Go, which finds a field under any mix of
 * capital and small letters and refuses the whole document when one has another type: after the image was named, as "does not
 * know it".
 */
export function checkConfigFields(document: object): void {
  checkFields('', document, top);
  const { config, rootfs, history } = Object.fromEntries(
    Object.entries(document).map(([key, value]) => [folded(key), value]),
  );
  checkFields('config.', config, inConfig);
  checkFields('rootfs.', rootfs, inRootfs);
  for (const entry of Array.isArray(history) ? history : []) {
    checkFields('history.', entry, inHistory);
  }
}

const text = z.string();
const texts = z.array(z.string().nullable());
const names = z.record(z.string(), z.record(z.string(), z.unknown()).nullable());
/** Labels have their own schema, where they are looked at. */
const looked = z.unknown();

const rfc3339 = z.string().refine(isRfc3339, 'not a time as RFC 3339 has them');

type Fields = Readonly<Record<string, { readonly schema: z.ZodType; readonly mustBe?: string }>>;

/** By folded name. `mustBe`: enbi looks at it too, under this spelling. */
const top: Fields = {
  created: { schema: rfc3339 },
  author: { schema: text },
  architecture: { schema: text, mustBe: 'architecture' },
  variant: { schema: text, mustBe: 'variant' },
  os: { schema: text, mustBe: 'os' },
  'os.version': { schema: text },
  'os.features': { schema: texts },
  config: { schema: looked, mustBe: 'config' },
  rootfs: { schema: looked, mustBe: 'rootfs' },
  history: { schema: z.array(z.looseObject({}).nullable()) },
};

const inConfig: Fields = {
  user: { schema: text },
  exposedports: { schema: names },
  env: { schema: texts },
  entrypoint: { schema: texts },
  cmd: { schema: texts },
  volumes: { schema: names },
  workingdir: { schema: text },
  labels: { schema: looked, mustBe: 'Labels' },
  stopsignal: { schema: text },
  argsescaped: { schema: z.boolean() },
};

const inRootfs: Fields = {
  type: { schema: text, mustBe: 'type' },
  diff_ids: { schema: looked, mustBe: 'diff_ids' },
};

const inHistory: Fields = {
  created: { schema: rfc3339 },
  created_by: { schema: text },
  author: { schema: text },
  comment: { schema: text },
  empty_layer: { schema: z.boolean() },
};

function checkFields(place: string, document: unknown, fields: Fields): void {
  if (typeof document !== 'object' || document === null) {
    return;
  }
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(document)) {
    const field = Object.hasOwn(fields, folded(key)) ? fields[folded(key)] : undefined;
    if (field !== undefined) {
      const { schema, mustBe = key } = field;
      refuseUnless(key === mustBe, `the image config has ${place}${key}, which must be spelt ${mustBe}`);
      refuseUnless(!seen.has(folded(key)), `the image config has ${place}${key} twice, in capital and small letters`);
      seen.add(folded(key));
      refuseUnless(
        value === null || value === undefined || schema.safeParse(value).success,
        `the image config is malformed at ${place}${key}: the runtime cannot read it`,
      );
      checkCount(`${place}${key}`, value);
    }
  }
}

function checkCount(place: string, value: unknown): void {
  const count = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
  refuseBeyond(
    count <= limits.configEntries,
    `the image config has ${count} entries in ${place}, at most ${limits.configEntries} are loaded`,
  );
}

/** As Go's encoding/json compares names: with the long s and the Kelvin sign among their look-alikes. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/** As Go's time.Time reads it out of JSON. */
function isRfc3339(value: string): boolean {
  const match = /^\d{4}-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(
    value,
  );
  if (match === null) {
    return false;
  }
  const [year, month, day] = value.slice(0, 10).split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  return date.toISOString().slice(-19, -14) === value.slice(5, 10);
}

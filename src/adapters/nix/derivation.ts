import * as z from 'zod';
import { ceilings } from '../../api/ceilings.ts';
import { StorePath } from '../../api/result.ts';
import type { Derivation } from '../../builder/ports.ts';

/** What runCommand makes has some two thousand, a standard environment some ten thousand. */
const mostBytes = ceilings.derivationBytes.value;

const few = <T extends z.ZodType>(item: T) => z.array(item).max(256);
const text = z.string();

/** outputs, inputs with the outputs of them that are used, sources, system, builder, arguments, environment. */
const Fields = z.tuple([
  few(z.tuple([text, text, text, text])),
  few(z.tuple([StorePath, few(text)])),
  few(StorePath),
  text,
  text,
  few(text),
  few(z.tuple([text, text])),
]);

/**
 * The text of a `.drv` file (`Derivation::unparse` of Nix' src/libstore/derivations.cc), as Nix writes it and in no other form;
 * undefined: it is none, or of a kind that is behind an experimental feature.
 */
export function parseDerivation(drv: string): Derivation | undefined {
  const fields = Fields.safeParse(fieldsOf(drv)).data;
  if (fields === undefined) return undefined;
  const [outputs, inputs, sources, system, builder, args, env] = fields;
  const variables = new Map(env);
  if (variables.size !== env.length) return undefined;
  return {
    outputs: outputs.map(([name, path, method, hash]) => ({ name, path, isFixed: method !== '' || hash !== '' })),
    inputs: inputs.map(([drvPath, used]) => ({ drvPath, outputs: used })),
    sources,
    system,
    builder,
    args,
    env: variables,
  };
}

/** Nix escapes these five characters and no other. */
const token = /"[^"\\]*(?:\\["\\nrt][^"\\]*)*"|[()[\],]/y;

/** Its strings are JSON's, as far as they need to be, and so are its lists once tuples are lists. */
function fieldsOf(drv: string): unknown {
  const head = 'Derive';
  if (drv.length > mostBytes || !drv.startsWith(head)) return undefined;
  const json: string[] = [];
  for (token.lastIndex = head.length; token.lastIndex < drv.length; ) {
    const [found] = token.exec(drv) ?? [];
    if (found === undefined) return undefined;
    json.push(found === '(' ? '[' : found === ')' ? ']' : found);
  }
  try {
    return JSON.parse(json.join(''));
  } catch {
    return undefined;
  }
}

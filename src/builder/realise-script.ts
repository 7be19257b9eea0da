import type { BuildOrder } from '../api/order.ts';
import type { StorePath } from '../api/result.ts';
import { oneLine } from '../printable.ts';
import { derivationName } from './build-log.ts';
import { type PipedScript, pipedScript, whyNotPiped } from './piped-script.ts';
import type { Attribute, BuiltPackage, Derivation, Nix, NixEvent, Store } from './ports.ts';
import { isStandardBuilder } from './run-command.ts';

export interface ScriptDeps {
  readonly nix: Pick<Nix, 'evaluate' | 'realise' | 'buildsFor'>;
  readonly store: Pick<Store, 'derivation' | 'smallText' | 'isValid'>;
  /** Why the import cannot read this script; undefined: it can. */
  readonly whyRun: (script: StorePath) => Promise<string | undefined>;
  readonly observe: (event: NixEvent) => void;
  readonly print: (line: string) => void;
}

/** More than the one of an archive has. */
const mostInputs = 8;

/**
 * In place of an archive that is nothing but a stream script's, compressed: the script, of which the import makes the same image.
 * Undefined: the package is to be built as it is. docs/design/0018-archives-that-are-not-built.md
 */
export async function realiseScript(
  attribute: Attribute,
  order: BuildOrder,
  deps: ScriptDeps,
): Promise<BuiltPackage | undefined> {
  const drvPath = await deps.nix.evaluate(attribute, deps.observe);
  const piped = await recognise(drvPath, deps);
  if (piped === undefined || !(await costsLess(drvPath, piped, order, deps))) return undefined;
  const { script, compressor } = piped;
  if (!(await deps.store.isValid(script))) await deps.nix.realise(piped.scriptDrv, deps.observe);
  const name = derivationName(drvPath);
  const reason = await deps.whyRun(script);
  if (reason !== undefined) {
    deps.print(`[enbi] ${name} is built, since its stream script cannot be read: ${oneLine(reason, 1000)}`);
    return undefined;
  }
  deps.print(`[enbi] ${name} is not built: it is a stream script piped through ${compressor}, and the script is read`);
  return { drvPath, outPath: script, archive: 'skipped' };
}

async function recognise(drvPath: StorePath, { store, print }: ScriptDeps): Promise<PipedScript | undefined> {
  const derivation = await store.derivation(drvPath);
  if (derivation === undefined || derivation.inputs.length > mostInputs) return undefined;
  const inputs = new Map<StorePath, Derivation>();
  for (const input of derivation.inputs) {
    const found = await store.derivation(input.drvPath);
    if (found !== undefined) inputs.set(input.drvPath, found);
  }
  const piped = pipedScript(derivation, inputs);
  const programs = await Promise.all((piped?.programs ?? []).map((program) => store.smallText(program)));
  if (piped !== undefined && isStandardBuilder(programs)) return piped;
  const why = whyNotPiped(derivation);
  if (why !== undefined)
    print(`[enbi] ${derivationName(drvPath)} is built: ${why} is not as buildLayeredImage makes it`);
  return undefined;
}

/** What is there is taken as it is; and what only a binary cache's archive spares is not built. */
async function costsLess(
  drvPath: StorePath,
  { script, scriptDrv, archive }: PipedScript,
  order: BuildOrder,
  { nix, store }: ScriptDeps,
): Promise<boolean> {
  if (await store.isValid(script)) return true;
  if (await store.isValid(archive)) return false;
  if (order.nix.substituters?.length === 0 || (await nix.buildsFor(drvPath)) > 0) return true;
  return (await nix.buildsFor(scriptDrv)) === 0;
}

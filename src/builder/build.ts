import type { BuildOrder } from '../api/order.ts';
import type { BuildSuccess } from '../api/result.ts';
import { TransientError, UserError } from '../errors.ts';
import { formatPackageName, parsePackageName, parseSystem } from '../flake-reference/flake-reference.ts';
import { BuildLog, derivationName } from './build-log.ts';
import { BuildPrinter, type PrinterDeps } from './build-printer.ts';
import { imagePackages } from './image-packages.ts';
import { suggestion } from './nearest.ts';
import type { Attribute, BuiltPackage, Handover, Nix, NixEvent, Store, StoreSize } from './ports.ts';
import { realiseScript } from './realise-script.ts';
import { reportedBytes } from './reported-bytes.ts';
import { type StreamDeps, streamArchive } from './stream-archive.ts';

export interface BuildDeps extends PrinterDeps {
  readonly nix: Nix;
  readonly store: Store;
  readonly handover: Handover;
  readonly whyRun: StreamDeps['whyRun'];
  /** Filled while the build runs; says afterwards what failed and how its log ended. */
  readonly log: BuildLog;
}

/** The step without credentials: evaluates and builds what was fetched, and keeps the result with a root. */
export async function buildPackage(order: BuildOrder, deps: BuildDeps): Promise<BuildSuccess> {
  const path = ['packages', parseSystem(order.system), ...parsePackageName(order.packageName)];
  const { lockedUrl, source } = await deps.handover.read();
  const attribute = { lockedUrl, source, lockFile: deps.handover.lockFile, path };
  // Held until the root is there: in between the result has nothing that keeps it.
  await using held = new AsyncDisposableStack();
  held.use(await deps.store.hold());
  const built = await buildOrExplain(attribute, order, deps);
  await deps.store.setRoot(order.root, built.outPath);
  const format = await deps.store.kindOf(built.outPath);
  const script = { path: built.outPath, attribute };
  const outPath =
    format === 'script' && built.archive === undefined
      ? await whileTelling(deps, (observe) => streamArchive(script, order, { ...deps, observe }))
      : built.outPath;
  const { built: derivationsBuilt, pathsCopied, bytesCopied } = deps.log.progress();
  const others = (await deps.store.looksLikeImage(outPath)) ? [] : await imagePackages(attribute, deps.nix);
  const imagesBeside = others.length === 0 ? {} : { imagesBeside: [...others] };
  return {
    ok: true,
    ...built,
    outPath,
    format,
    ...imagesBeside,
    derivationsBuilt,
    pathsCopied,
    bytesCopied: reportedBytes(bytesCopied),
    ...(await sizeOf(deps.store)),
  };
}

async function sizeOf(store: Store): Promise<StoreSize> {
  const { storeSizeBytes, storeFreeBytes } = await store.size();
  return { storeSizeBytes: reportedBytes(storeSizeBytes), storeFreeBytes: reportedBytes(storeFreeBytes) };
}

async function buildOrExplain(attribute: Attribute, order: BuildOrder, deps: BuildDeps): Promise<BuiltPackage> {
  const mayReplace = order.realiseStreamScripts ?? true;
  try {
    return await whileTelling(deps, async (observe) => {
      const script = mayReplace ? await realiseScript(attribute, order, { ...deps, observe }) : undefined;
      return script ?? (await deps.nix.build(attribute, observe));
    });
  } catch (error) {
    if (error instanceof UserError && error.reason === 'AttributeNotFound')
      throw await explainMissing(attribute, deps.nix, error);
    throw (await failedDownload(error, deps)) ?? error;
  }
}

/** A server that did not answer is no fault of the flake's, whether Nix asks it or a builder does. */
async function failedDownload(error: unknown, { log, nix, store }: BuildDeps): Promise<TransientError | undefined> {
  const culprit = log.culprit();
  if (!(error instanceof UserError) || error.reason !== 'BuilderFailed' || culprit === undefined) return undefined;
  const line = nix.passingDownloadFailure(`${log.errorsOf(culprit)}\n${culprit.logTail}`);
  if (line === undefined || !(await store.isFixedOutput(culprit.drvPath))) return undefined;
  const message = `${derivationName(culprit.drvPath)} could not be downloaded: ${line}`;
  return new TransientError('NetworkUnreachable', message, { cause: error });
}

/** What Nix tells meanwhile is printed and kept. */
async function whileTelling<T>(deps: BuildDeps, work: (observe: (event: NixEvent) => void) => Promise<T>): Promise<T> {
  const printer = new BuildPrinter(deps.log, deps);
  const ticking = setInterval(() => printer.tick(), 1000).unref();
  try {
    return await work((event) => tell(event, deps.log, printer));
  } finally {
    clearInterval(ticking);
  }
}

function tell(event: NixEvent, log: BuildLog, printer: BuildPrinter): void {
  log.add(event);
  printer.show(event);
}

/** The same error with the names there are: a wrong name is the commonest mistake, and the flake knows the right one. */
async function explainMissing(attribute: Attribute, nix: Nix, error: UserError): Promise<UserError> {
  for (let depth = attribute.path.length; depth > 0; depth--) {
    const path = attribute.path.slice(0, depth);
    const names = await namesBelow({ ...attribute, path }, nix);
    if (names === undefined) continue;
    const text = `${formatPackageName(path)} ${missingText(attribute.path[depth], path, names)}${saidTwice(attribute.path)}`;
    return new UserError(error.reason, `flake ${attribute.lockedUrl}: ${text}`, { cause: error });
  }
  return new UserError(error.reason, `flake ${attribute.lockedUrl} has no packages at all`, { cause: error });
}

function missingText(missing: string | undefined, path: readonly string[], names: readonly string[]): string {
  if (missing === undefined) return `is a set, not a package${suggestion('', names)}`;
  // A system is not mistyped: below `packages` all there are is the answer.
  return `has no "${missing}"${suggestion(path.length === 1 ? '' : missing, names)}`;
}

/** On a command line the whole path is written. */
function saidTwice([packages, system, ...name]: readonly string[]): string {
  if (name[0] !== packages || name[1] !== system || name.length === 2) return '';
  return `; packageName begins below packages.${system}: write ${formatPackageName(name.slice(2))}`;
}

async function namesBelow(attribute: Attribute, nix: Nix): Promise<readonly string[] | undefined> {
  try {
    return await nix.attributeNames(attribute);
  } catch {
    // The suggestion is a courtesy; the failure that is told is the first one.
    return undefined;
  }
}

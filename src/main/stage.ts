import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { ImportOrder, paths } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { UserError } from '../errors.ts';
import { exitCodeOf, explain, failureResult } from '../importer/outcome.ts';
import { kindOf, resolveWithin } from '../importer/source/store-file.ts';
import { LogTail } from '../importer/stage/log-tail.ts';
import { runScript } from '../importer/stage/script.ts';
import { type StageCaps, stageCaps, stageImage } from '../importer/stage/stage-image.ts';
import { stoppedError } from '../importer/stopped.ts';
import { readStreamScript } from '../importer/stream/stream-script.ts';
import { stopSignal } from './stop-signal.ts';

/** Where things lie in the container `stage`, which has no socket. */
export interface StagePlaces {
  readonly order: string;
  readonly terminationLog: string;
  readonly store: string;
  readonly staged: string;
  readonly caps: StageCaps;
  readonly print: (line: string) => void;
}

const inPod: StagePlaces = {
  order: paths.order,
  terminationLog: paths.terminationLog,
  store: '/nix/store',
  staged: paths.staged,
  caps: stageCaps,
  print: (line) => process.stdout.write(`${line}\n`),
};

/**
 * `enbi stage`: runs the built stream script where it can harm nothing and keeps the archive it writes; one that can be
 * read instead is left alone. Leaves a termination message only when it fails; returns the exit code.
 */
export async function runStage(places: StagePlaces = inPod, stop = stopSignal()): Promise<number> {
  const log = new LogTail(places.print);
  try {
    const order = ImportOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    const program = await programIn(places, order);
    if ((await readStreamScript({ root: places.store, path: program, name: order.outPath })) !== undefined) {
      places.print('[enbi] the stream script is not run: the import reads what it would write');
      return exitCode.ok;
    }
    await mkdir(places.staged, { recursive: true });
    const script = runScript(program);
    stop.addEventListener('abort', () => script.kill(), { once: true });
    await stageImage(script, `${places.staged}/image.tar`, { ...places, log });
    return exitCode.ok;
  } catch (caught) {
    const thrown = stop.aborted ? stoppedError() : caught;
    places.print(explain(thrown));
    await writeFile(places.terminationLog, JSON.stringify(failureResult(thrown, log.text)));
    return exitCodeOf(thrown);
  }
}

async function programIn({ store }: StagePlaces, { outPath }: ImportOrder): Promise<string> {
  const path = await resolveWithin(store, outPath.replace('/nix/store', store));
  const runs = (await kindOf(store, path)) === 'file' && (await isExecutable(path));
  if (!runs) {
    const advice = 'name an attribute made by dockerTools.streamLayeredImage or dockerTools.buildLayeredImage';
    throw new UserError('NotAnImage', `the package did not build a stream script, nor an image: ${outPath}; ${advice}`);
  }
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needsOf } from '../cluster/preflight/needs.mjs';
import { observeMachine } from '../cluster/preflight/observe.mjs';
import { isSkipped, problemsOf } from '../cluster/preflight/problems.mjs';
import { installPackages } from './install-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Looks whether the machine has what the script needs, installs the npm packages when they are missing or older than the lock
 * file, and runs it.
 *
 * @param {readonly string[]} argv
 */
export async function runScript([file = '', ...args]) {
  const needs = needsOf(file, args);
  const packagesAreCurrent = arePackagesCurrent();
  const isLookedAt = !packagesAreCurrent || needs.cluster || needs.image;
  const machine = isLookedAt ? observeMachine(needs, { packagesAreCurrent }) : undefined;
  const problems = machine === undefined ? [] : problemsOf(machine, needs);
  if (problems.length > 0 && !isSkipped(machine, needs)) return refuse(problems, needs);
  if (problems.length > 0) process.stderr.write(`the tests on real parts will be skipped: ${problems.join('; ')}\n`);
  if (!packagesAreCurrent && !(await installPackages(root, machine?.building === true))) {
    process.exitCode = 1;
    return;
  }
  run(file, args);
}

function arePackagesCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** @param {readonly string[]} problems @param {import('../cluster/preflight/needs.mjs').Needs} needs */
function refuse(problems, needs) {
  const list = problems.length === 1 ? ` ${problems[0]}` : problems.map((problem) => `\n  - ${problem}`).join('');
  process.stderr.write(`this machine will not do:${list}\n`);
  if (needs.optional) process.stderr.write('npm test -- check unit needs none of it\n');
  process.exitCode = 1;
}

/** @param {string} file @param {readonly string[]} args */
function run(file, args) {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  const node = existsSync(pinned) ? pinned : process.execPath;
  if (node !== pinned && !process.features.typescript) {
    process.stderr.write(
      `npm has no Node 24 for this platform, and Node ${process.versions.node} is too old: take Node 24\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...args], { stdio: 'inherit' });
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
}

// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * `npm ci`, which says nothing for half a minute, with the seconds told. What else waits for the network is fetched meanwhile.
 * False: it failed, and said why.
 *
 * @param {string} root
 * @param {boolean} buildsComponents
 */
export async function installPackages(root, buildsComponents) {
  if (buildsComponents) fetchModules(join(root, 'cluster'));
  const stopTelling = tellSeconds('installing npm packages');
  const npm = spawn('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const code = await once(npm, 'close').then(
    ([status]) => status,
    () => 'npm is not in PATH',
  );
  stopTelling();
  if (code === 0) return true;
  const why = typeof code === 'string' ? code : 'see above';
  process.stderr.write(`npm ci failed: ${why}; the packages are needed before anything else can run\n`);
  return false;
}

/** Whether it comes to its end is of no importance: `go build` fetches what is missing. @param {string} modules */
function fetchModules(modules) {
  fetchFor(modules, ['tool', './kubernetes']);
  fetchFor(join(modules, 'dns'), ['.']);
}

/** @param {string} folder @param {readonly string[]} packages */
function fetchFor(folder, packages) {
  const env = { ...process.env, GOFLAGS: '-mod=readonly' };
  const list = spawn('go', ['list', '-deps', ...packages], { cwd: folder, env, stdio: 'ignore' });
  list.on('error', () => undefined);
  list.unref();
}

/** @param {string} what */
function tellSeconds(what) {
  const startedAt = performance.now();
  const tell = () => process.stderr.write(`${what}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
  process.stderr.write(`${what} (0.6 GB, about half a minute) …\n`);
  const timer = setInterval(tell, 10_000);
  return () => clearInterval(timer);
}

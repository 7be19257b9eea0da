// `npm run dev [-- --name N] [-- controller options]`: the controller from source against the embedded cluster, in place of the
// one that runs there; Ctrl-C puts that one back. Jobs go on with the image that `cluster up --install` has loaded.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runProgram } from '../tools/run-program.ts';
import { type Cluster, find } from './cluster.ts';

const deployment = ['--namespace=enbi', 'deployment/enbi-controller'];
const main = fileURLToPath(new URL('../src/main/main.ts', import.meta.url));

await runProgram(async () => {
  const { values, positionals } = parseArgs({
    options: { name: { type: 'string', default: 'enbi' } },
    allowPositionals: true,
  });
  const cluster = await find(values.name);
  if (cluster === undefined)
    throw new Error(`no cluster "${values.name}" is up; start it with: npm run cluster -- up --install`);
  process.exitCode = await runInPlace(cluster, positionals);
});

async function runInPlace(cluster: Cluster, options: readonly string[]): Promise<number> {
  const image = await cluster.kubectl([
    'get',
    ...deployment,
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  ]);
  const replicas = await cluster.kubectl(['get', ...deployment, '-o', 'jsonpath={.spec.replicas}']);
  // The child has the terminal's Ctrl-C as well; this process outlives it to put the other one back.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  await cluster.kubectl(['scale', '--replicas=0', ...deployment]);
  try {
    const args = ['controller', '--kubeconfig', cluster.kubeconfig, '--image', image, '--http-port', '0', ...options];
    const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    await cluster.kubectl(['scale', `--replicas=${replicas}`, ...deployment]);
  }
}

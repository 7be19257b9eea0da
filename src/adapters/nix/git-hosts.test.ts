import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createGitHosts } from './git-hosts.ts';

const signal = new AbortController().signal;
const left: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of left.splice(0)) await each[Symbol.asyncDispose]();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  left.push(server);
  return (server.address() as AddressInfo).port;
}

/** A program that takes no connection, and a queue that is full: the kernel lets every further one go unanswered, as a firewall does. */
async function silentPort(): Promise<number> {
  const program =
    "const server = require('net').createServer();" +
    "server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {" +
    "require('fs').writeSync(1, String(server.address().port));" +
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });';
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  left.push({ [Symbol.asyncDispose]: () => killed(child) });
  const [printed] = await once(child.stdout, 'data');
  const port = Number(String(printed));
  for (const _ of [1, 2, 3]) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    left.push({ [Symbol.asyncDispose]: async () => void socket.destroy() });
  }
  return port;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const hosts = (environment: Readonly<Record<string, string>> = {}) =>
  createGitHosts({ environment, signal, patience: 200 });

describe('a host of git', () => {
  it('answers where it takes the connection, whatever it says then', async () => {
    const port = await listening(createServer());
    expect(await hosts().silentFor({ host: '127.0.0.1', port, transport: 'git' })).toBeUndefined();
    expect(await hosts().silentFor({ host: 'localhost', port, transport: 'git' })).toBeUndefined();
  });

  it('answers where it refuses', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    left.splice(0);
    expect(await hosts().silentFor({ host: '127.0.0.1', port, transport: 'http' })).toBeUndefined();
  });

  it('is silent where nothing comes back, not even a refusal', async () => {
    const port = await silentPort();
    const asked = { host: '127.0.0.1', port };
    expect(await hosts().silentFor({ ...asked, transport: 'git' })).toBe(200);
    const proxied = hosts({ https_proxy: 'http://proxy.example' });
    expect(await proxied.silentFor({ ...asked, transport: 'git' })).toBe(200);
    expect(await proxied.silentFor({ ...asked, transport: 'https' })).toBeUndefined();
  });

  it('is none of ours to judge where its name is not found: git says so', async () => {
    expect(await hosts().silentFor({ host: 'no-such-host.invalid', port: 1, transport: 'git' })).toBeUndefined();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InternalError } from '../errors.ts';
import { FakeNodeImages } from './fake-node-images.ts';
import type { KubeletImage } from './ports.ts';
import { connectToRuntime } from './socket.ts';

let directory: string;
const servers: Server[] = [];
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'enbi-socket-'));
  await writeFile(at('file'), '');
  for (const name of ['docker', 'kubelet', 'other']) {
    await new Promise<void>((resolve) => servers.push(createServer().listen(at(name), resolve)));
  }
});

afterAll(async () => {
  for (const server of servers) {
    server.close();
  }
  await rm(directory, { recursive: true });
});

/** As a containerd without the kubelet's interface answers, Docker's for one. */
class WithoutKubelet extends FakeNodeImages {
  override async kubeletImage(): Promise<KubeletImage | undefined> {
    throw new InternalError('InternalError', 'unknown service runtime.v1.ImageService');
  }
}

test('the first place where the kubelet’s side answers is taken', async () => {
  const tried: string[] = [];
  const kubelets = new FakeNodeImages();
  const found = await connectToRuntime(['absent', 'file', 'docker', 'kubelet', 'other'].map(at), (socket) => {
    tried.push(socket);
    return socket === at('docker') ? new WithoutKubelet() : kubelets;
  });
  expect(found).toBe(kubelets);
  expect(tried).toEqual([at('docker'), at('kubelet')]);
});

test('where none answers, each place is named with what was found there', async () => {
  const refused = connectToRuntime(['absent', 'file', 'docker'].map(at), () => new WithoutKubelet());
  await expect(refused).rejects.toMatchObject({
    name: 'TransientError',
    reason: 'SocketNotFound',
    message: expect.stringMatching(/absent: no socket; .*file: no socket; .*docker: unknown service/),
  });
});

import { z } from 'zod';
import { label } from '../../src/api/labels.ts';
import type { Kubectl } from '../support/git-server.ts';

/** A controller or an agent at one moment, when it had just collected its garbage: what it holds then it holds on to. */
export interface ProcessSample {
  /** The Pod, and when its process began: one that was restarted is another. */
  readonly process: string;
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly sockets: number;
}

/**
 * Runs beside it in its container. Node opens its inspector at SIGUSR1, on the Pod's own loopback address, and by
 * that collects garbage when it is asked to.
 */
const look = `
const fs = require('node:fs');
process.kill(1, 'SIGUSR1');
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
const targets = async (tries) => {
  try { return await (await fetch('http://127.0.0.1:9229/json')).json(); }
  catch (thrown) { if (tries === 0) throw thrown; await pause(); return targets(tries - 1); }
};
const main = async () => {
  const [{ webSocketDebuggerUrl }] = await targets(100);
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const ask = (method) => new Promise((resolve) => {
    socket.onmessage = ({ data }) => resolve(JSON.parse(data).result);
    socket.send(JSON.stringify({ id: 1, method }));
  });
  await ask('HeapProfiler.collectGarbage');
  const { usedSize } = await ask('Runtime.getHeapUsage');
  socket.close();
  const status = fs.readFileSync('/proc/1/status', 'utf8');
  const files = fs.readdirSync('/proc/1/fd').map((fd) => { try { return fs.readlinkSync('/proc/1/fd/' + fd); } catch { return ''; } });
  console.log(JSON.stringify({
    began: fs.readFileSync('/proc/1/stat', 'utf8').split(') ')[1].split(' ')[19],
    heapMiB: usedSize / 2 ** 20,
    rssMiB: Number(/VmRSS:\\s+(\\d+)/.exec(status)[1]) / 1024,
    sockets: files.filter((file) => file.startsWith('socket:')).length,
  }));
};
main();
`;

const Seen = z.object({ began: z.string(), heapMiB: z.number(), rssMiB: z.number(), sockets: z.number() });

export async function sampleProcesses(kubectl: Kubectl): Promise<readonly ProcessSample[]> {
  const pods = await Promise.all(selectors.map((selector) => running(kubectl, selector)));
  return await Promise.all(pods.flat().map((pod) => sample(kubectl, pod)));
}

const selectors = ['app.kubernetes.io/name=enbi', `${label.component}=agent`];

async function running(kubectl: Kubectl, selector: string): Promise<string[]> {
  const which = [`--selector=${selector}`, '--field-selector=status.phase=Running'];
  const names = await kubectl(['--namespace=enbi', 'get', 'pods', ...which, '-o', 'name']);
  return names.split('\n').filter((pod) => pod !== '');
}

async function sample(kubectl: Kubectl, pod: string): Promise<ProcessSample> {
  const text = await kubectl(['--namespace=enbi', 'exec', pod, '--', '/usr/bin/node', '-e', look]);
  const { began, ...figures } = Seen.parse(JSON.parse(text));
  return { process: `${pod.replace('pod/', '')}@${began}`, ...figures };
}

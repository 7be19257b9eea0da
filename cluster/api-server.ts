import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { InternalError } from '../src/errors.ts';
import { certificateFiles } from './certificates.ts';

/** The few questions the set-up itself has for the API server; everything else goes through kubectl. */
export interface ApiServer {
  /** The status and body of a GET; status 0 while nothing answers. */
  get(path: string): Promise<{ status: number; body: string }>;
  close(): void;
}

export async function connectApiServer(pki: string, host: string): Promise<ApiServer> {
  const admin = certificateFiles(pki, 'admin');
  const [ca, cert, key] = await Promise.all(
    [certificateFiles(pki, 'ca').certificate, admin.certificate, admin.key].map((file) => readFile(file)),
  );
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  return {
    get: (path) => get(agent, `https://${host}:6443${path}`),
    close: () => agent.destroy(),
  };
}

function get(agent: Agent, url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const asked = request(url, { agent, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ status: 0, body: '' }));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve({ status: 0, body: '' }));
    asked.end();
  });
}

/** Asks until the answer is yes. `explain` tells, on giving up, where to look. */
export async function waitUntil(
  what: string,
  isTrue: () => Promise<boolean>,
  options: { readonly seconds: number; readonly explain?: () => Promise<string> },
): Promise<void> {
  const deadline = Date.now() + options.seconds * 1000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      const explanation = (await options.explain?.()) ?? '';
      throw new InternalError('TimedOut', `${what}: not so after ${options.seconds} s. ${explanation}`);
    }
    await sleep(100);
  }
}

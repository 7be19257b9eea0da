import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { offlineNixConfig } from '../../support/nix.ts';
import { confined } from './manifests.ts';
import type { Tenant } from './tenant.ts';

/** A Pod of enbi's own image that serves flakes and files over HTTP, and has a Nix and a store to make them with. */
export interface Workshop {
  /** `http://address:port`; see workshop-server.mjs for what is where. */
  readonly url: string;
  /** Takes connections and never answers. */
  readonly silentUrl: string;
  /** Writes files, by their paths below /srv. */
  put(files: Readonly<Record<string, string>>): Promise<void>;
  sh(script: string): Promise<string>;
  /** Every path that was asked for, `silent` for a connection to `silentUrl`. */
  requests(): Promise<string[]>;
}

export const workshopPassword = 'open-sesame';

export async function openWorkshop(tenant: Tenant, image: string): Promise<Workshop> {
  const script = await readFile(join(import.meta.dirname, 'workshop-server.mjs'), 'utf8');
  await tenant.apply(configMap(script), pod(image));
  const address = await tenant.waitFor('the workshop is open', async () =>
    (await tenant.ready(name)).map(({ status }) => status.podIP).find((ip) => ip !== ''),
  );
  const exec = (args: readonly string[], stdin?: string) =>
    tenant.kubectl(['exec', '--stdin', name, '--', ...args], stdin);
  return {
    url: `http://${address}:8080`,
    silentUrl: `http://${address}:8081`,
    put: async (files) => void (await exec(['node', '--eval', writeFiles], JSON.stringify(files))),
    sh: (text) => exec(['sh', '-euc', text]),
    requests: async () => (await tenant.kubectl(['logs', name])).trim().split('\n'),
  };
}

const name = 'workshop';

const writeFiles = `
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
for (const [name, content] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const path = join('/srv', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}`;

function configMap(script: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'server.mjs': script } };
}

function pod(image: string): object {
  const env = { PASSWORD: workshopPassword, HOME: '/tmp/home', NIX_CONFIG: offlineNixConfig };
  const container = {
    name,
    image,
    command: ['sh', '-euc', 'mkdir -p /srv/files /srv/flakes /nix/var/nix /tmp/home; exec node /workshop/server.mjs'],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'script', mountPath: '/workshop' },
      ...['srv', 'nix', 'tmp'].map((volume) => ({ name: volume, mountPath: `/${volume}` })),
    ],
    ...confined,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container],
      volumes: [
        { name: 'script', configMap: { name } },
        ...['srv', 'nix', 'tmp'].map((volume) => ({ name: volume, emptyDir: {} })),
      ],
    },
  };
}

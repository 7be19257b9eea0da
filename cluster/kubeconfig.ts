import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { certificateFiles } from './certificates.ts';

/** Writes a kubeconfig that stands on its own: certificates and key are inside, so the file can be copied anywhere. */
export async function writeKubeconfig(path: string, pki: string, server: string, user: string): Promise<void> {
  const { certificate, key } = certificateFiles(pki, user);
  const [authority, certificateData, keyData] = await Promise.all(
    [certificateFiles(pki, 'ca').certificate, certificate, key].map((file) => readFile(file)),
  );
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'enbi', cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [
      { name: user, user: { 'client-certificate-data': base64(certificateData), 'client-key-data': base64(keyData) } },
    ],
    contexts: [{ name: 'enbi', context: { cluster: 'enbi', user } }],
    'current-context': 'enbi',
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}

function base64(data: Buffer | undefined): string {
  return data?.toString('base64') ?? '';
}

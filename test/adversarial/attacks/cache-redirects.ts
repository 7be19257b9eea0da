import { type Attack, mustHold } from '../attack.ts';
import { askedOfCaches, useHostileCaches } from '../hostile-cache.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { inPod, serve } from '../own-pods.ts';
import { anImage, flakeOf } from '../small-flake.ts';

const canary = 'canary-of-cache-redirects';
const places = ['metadata', 'api', 'file', 'elsewhere'];
const image = `(${anImage()}) > $out`;

/** Tells at /seen who came with what. */
const elsewhere = `
const seen = [];
require('http').createServer((request, response) => {
  if (request.url === '/seen') return response.end(JSON.stringify(seen));
  seen.push(request.url + ' ' + (request.headers.authorization ?? ''));
  response.writeHead(404).end();
}).listen(8080);
`;

export const attack: Attack = {
  name: 'cache-redirects',
  kind: 'reads what is not theirs',
  rights: 'whoever serves a binary cache that the administrator has set, and whose key is trusted',
  steps:
    "redirects records and contents to the cloud's metadata, to the API server, to a file of the Pod and to another host, and sends other contents than it has signed",
  holds:
    'nothing that comes that way becomes part of an image, no credentials go anywhere, and what was asked for is built',
  quick: false,
  alone: true,
  repositories: {
    'cache-redirects': { '1.0.0': flakeOf(Object.fromEntries([...places, 'lying'].map((name) => [name, image]))) },
  },
  async run(session) {
    const { attacker } = session;
    const other = await serve(session, 'elsewhere', elsewhere);
    const caches = [...places.flatMap((place) => [`info-${place}`, `nar-${place}`]), 'nar-lying'];
    await useHostileCaches(session, caches, `http://${other}:8080`);
    const netrc = `machine ${other} login user password ${canary}`;
    await attacker.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'of-flake' }, stringData: { netrc } });
    const flakeUrl = session.flake('cache-redirects');
    const names = [...places, 'lying'];
    for (const name of names) await request(session, { name, packageName: name, flakeUrl, secretName: 'of-flake' });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name, 300);
      mustHold(status.status === 'Succeeded', `${name}: ${JSON.stringify(status.failure ?? status.status)}`);
      mustHold((status.built?.derivations ?? 0) > 0, `${name} was copied from a cache`);
    }
    const asked = await askedOfCaches(session);
    for (const name of names)
      if (!asked.includes(`/nar-${name}/nar/`)) throw new Error(`${name} was not tried: ${asked}`);
    const seen = await inPod(session, 'elsewhere', 'wget -q -O - http://127.0.0.1:8080/seen');
    mustHold(!seen.includes(Buffer.from(`user:${canary}`).toString('base64')), `the host was sent a password: ${seen}`);
    await session.victimBuilds();
  },
};

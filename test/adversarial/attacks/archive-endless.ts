import { type Attack, mustHold } from '../attack.ts';
import { cancel, outcomeOfBuild, request } from '../own-builds.ts';
import { serve } from '../own-pods.ts';

/**
 * `bomb`: a gibibyte of nothing in a megabyte. `endless`: a tar of one file of a tebibyte that comes a mebibyte at a time. `slow`: a byte
 * a second.
 */
const program = `
const { createGzip } = require('zlib');
const { randomBytes } = require('crypto');
const { Readable } = require('stream');
const entry = (name, size) => {
  const header = Buffer.alloc(512);
  header.write(name, 0); header.write('0000644\\0', 100); header.write('0000000\\0', 108); header.write('0000000\\0', 116);
  if (size < 2 ** 33) header.write(size.toString(8).padStart(11, '0') + '\\0', 124);
  else { header[124] = 0x80; header.writeBigUInt64BE(BigInt(size), 128); }
  header.write('00000000000\\0', 136); header.write('        ', 148); header.write('0', 156); header.write('ustar\\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, '0') + '\\0 ', 148);
  return header;
};
const MiB = 2 ** 20;
function* bomb() {
  yield entry('flake/bomb', 1024 * MiB);
  const nothing = Buffer.alloc(MiB);
  for (let at = 0; at < 1024; at++) yield nothing;
  yield Buffer.alloc(1024);
}
require('http').createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/gzip' });
  const tar = createGzip();
  tar.pipe(response);
  if (request.url.includes('bomb')) return Readable.from(bomb()).pipe(tar);
  tar.write(entry('flake/endless', 2 ** 40));
  const rest = request.url.includes('slow') ? () => Buffer.alloc(1) : () => randomBytes(MiB);
  const ticking = setInterval(() => { tar.write(rest()); tar.flush(); }, 1000);
  response.on('close', () => clearInterval(ticking));
}).listen(8080);
`;

export const attack: Attack = {
  name: 'archive-endless',
  kind: 'gets more of a node',
  rights: 'the host of a flake',
  steps:
    'sends archives: one of a megabyte that unpacks to a gibibyte, one of a tebibyte, one that comes a byte a second',
  holds: 'others build meanwhile, no archive becomes an image, and whoever cancels the build of one ends it',
  quick: false,
  async run(session) {
    const host = await serve(session, 'host', program);
    const names = ['bomb', 'endless', 'slow'];
    for (const name of names) await request(session, { name, flakeUrl: `tarball+http://${host}:8080/${name}.tar.gz` });
    await session.victimBuilds();
    const { status } = await outcomeOfBuild(session, 'bomb', 300);
    mustHold(status.status !== 'Succeeded', 'an archive without a flake was built');
    for (const name of ['endless', 'slow']) await cancel(session, name);
    await session.victimBuilds();
  },
};

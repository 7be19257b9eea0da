import { type Attack, mustHold } from '../attack.ts';
import { cancel, request, runningBuilds } from '../own-builds.ts';
import { serve } from '../own-pods.ts';
import { isPrintable } from '../printable.ts';

/** A pack without an end, in answer to whatever git wants of a version that it has. */
const program = `
const version = 'a'.repeat(40);
const line = (text) => (text.length + 4).toString(16).padStart(4, '0') + text;
require('http').createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    const advertised = version + ' HEAD\\0side-band-64k symref=HEAD:refs/heads/main\\n';
    return response.end(line('# service=git-upload-pack\\n') + '0000' + line(advertised) + line(version + ' refs/heads/main\\n') + '0000');
  }
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  response.write(line('NAK\\n'));
  const header = Buffer.from('PACK\\0\\0\\0\\x02\\0\\x01\\x86\\xa0', 'latin1');
  response.write(Buffer.concat([Buffer.from((header.length + 5).toString(16).padStart(4, '0') + '\\x01'), header]));
  setInterval(() => response.write(line('\\x02counting without end \\x1b[2J\\n')), 5);
}).listen(8080);
`;

export const attack: Attack = {
  name: 'git-endless',
  kind: 'gets more of a node',
  rights: 'the host of a flake',
  steps:
    'sends a pack without an end, with a message of progress every few milliseconds, escapes of terminals among them',
  holds: 'whoever cancels the build ends it and its Pod, and no escape comes to its status',
  quick: false,
  async run(session) {
    const { attacker, admin } = session;
    const host = await serve(session, 'endless', program);
    await request(session, { name: 'counting', flakeUrl: `git+http://${host}:8080/flake.git?ref=main` });
    await runningBuilds(session);
    await session.waitFor('its log is read', async () => {
      const [pod] = (await admin.lists.pods(attacker.namespace)).filter(({ metadata }) => metadata.name !== 'endless');
      const of = { namespace: attacker.namespace, name: pod?.metadata.name ?? '', container: 'fetch' };
      return (await admin.lists.log(of)).includes('counting') ? true : undefined;
    });
    const { status } = await cancel(session, 'counting');
    mustHold(isPrintable(status.progress ?? ''), 'its progress has control characters');
  },
};

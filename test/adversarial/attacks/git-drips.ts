import type { Attack } from '../attack.ts';
import { requestForAllSlots, runningBuilds } from '../own-builds.ts';
import { serve } from '../own-pods.ts';

/** Answers at once as git's servers do, and then a byte a second. */
const program = `
require('http').createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
  response.write('001e# service=git-upload-pack\\n0000');
  setInterval(() => response.write('0'), 1000);
}).listen(8080);
`;

export const attack: Attack = {
  name: 'git-drips',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'asks for as many builds as there are slots, of flakes on a server that sends a byte a second and comes to no end',
  holds: "another tenant's build gets a slot all the same",
  quick: false,
  alone: true,
  async run(session) {
    const host = await serve(session, 'drips', program);
    await requestForAllSlots(session, { flakeUrl: `git+http://${host}:8080/flake.git?ref=main` });
    await runningBuilds(session);
    await session.victimBuilds();
  },
};

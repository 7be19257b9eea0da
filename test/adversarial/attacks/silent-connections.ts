import * as z from 'zod';
import { type Attack, mustHold } from '../attack.ts';
import { inPod, serve } from '../own-pods.ts';

const Addresses = z.object({
  items: z.array(z.object({ status: z.object({ podIP: z.string().default('') }) })),
});

const program = (addresses: readonly string[]) => `
const net = require('net');
let open = 0;
const hold = (host) => {
  const socket = net.connect(8080, host, () => { open += 1; socket.write('GET /metrics HTTP/1.1\\r\\n'); });
  socket.on('error', () => {}).on('close', () => setTimeout(hold, 100, host));
};
for (const host of ${JSON.stringify(addresses)}) for (let at = 0; at < 2000; at++) setTimeout(hold, at, host);
require('http').createServer((request, response) => response.end(String(open))).listen(8080);
`;

export const attack: Attack = {
  name: 'silent-connections',
  kind: 'stops the controller',
  rights: 'a tenant',
  steps: "opens thousands of connections to the port of the controller's probes, over and over, and ends no request",
  holds: 'the controller answers its kubelet, stays small and goes on',
  quick: true,
  alone: true,
  async run(session) {
    const { admin } = session;
    const pods = await admin.kubectl([
      '--namespace=enbi',
      'get',
      'pods',
      '--selector=app.kubernetes.io/name=enbi',
      '--output=json',
    ]);
    const addresses = Addresses.parse(JSON.parse(pods)).items.map(({ status }) => status.podIP);
    await serve(session, 'silent', program(addresses));
    await session.waitFor('connections were opened, or are shut out', async () => {
      const open = Number(await inPod(session, 'silent', 'wget -q -O - http://127.0.0.1:8080/'));
      return open > 1000 || open === 0 ? open : undefined;
    });
    await session.victimBuilds();
    const rssMiB = Math.max(...(await admin.metric('process_resident_memory_bytes'))) / 2 ** 20;
    mustHold(rssMiB <= 160, `the controller has ${Math.round(rssMiB)} MiB`);
  },
};

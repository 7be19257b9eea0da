import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

/** Where the results lead: places of the import's container, of the node, of the build's own container, and nowhere. */
const links = {
  socket: '/host/run/containerd/containerd.sock',
  run: '/host/run',
  memory: '/enbi/memory',
  passwd: '/etc/passwd',
  environ: '/proc/self/environ',
  root: '/proc/1/root/etc/hostname',
  up: '../../../../../../etc/passwd',
  nowhere: '/none-such',
} as const;

const layout = `
mkdir -p $out/blobs
echo '{"imageLayoutVersion":"1.0.0"}' > $out/oci-layout
ln -s /etc/passwd $out/index.json
ln -s /proc $out/blobs/sha256
`;

export const attack: Attack = {
  name: 'result-links',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake',
  steps:
    "builds packages that are links to the runtime's socket, to directories of the node, to files of the import's container, and an image whose parts are such links",
  holds: 'nothing of it is loaded, and no message tells what is there',
  quick: false,
  repositories: {
    'result-links': {
      '1.0.0': flakeOf({
        ...Object.fromEntries(Object.entries(links).map(([name, target]) => [name, `ln -s ${target} $out`])),
        layout,
      }),
    },
  },
  async run(session) {
    const names = [...Object.keys(links), 'layout'];
    const flakeUrl = session.flake('result-links');
    for (const name of names) await request(session, { name, packageName: name, flakeUrl });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name, 240);
      mustHold(status.status !== 'Succeeded', `${name} was loaded`);
      const told = JSON.stringify(status.failure);
      mustHold(status.failure?.stage === 'Import', `${name} did not come to the import: ${told}`);
      mustHold(!/root:x:0|KUBERNETES_|No such|ENOENT|EACCES/.test(told), `${name} is told: ${told}`);
    }
  },
};

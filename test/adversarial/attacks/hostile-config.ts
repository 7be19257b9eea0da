import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { anImage, flakeOf } from '../small-flake.ts';

const restart = { 'containerd.io/restart.status': 'running', 'containerd.io/restart.loguri': 'binary:///bin/sh' };

/** Of each the reason with which it is to be refused. */
const configs = {
  restart: { reason: 'ReservedLabel', config: { Labels: restart } },
  capitals: { reason: 'ReservedLabel', config: { Labels: { 'Containerd.IO/restart.status': 'running' } } },
  managed: { reason: 'ReservedLabel', config: { Labels: { 'io.cri-containerd.image': 'managed' } } },
  kubernetes: { reason: 'ReservedLabel', config: { Labels: { 'io.kubernetes.container.hash': '1' } } },
  twice: { reason: 'InvalidArchive', config: { Labels: {}, labels: restart } },
  folded: { reason: 'InvalidArchive', config: { 'Label\u017f': restart } },
  types: { reason: 'InvalidArchive', config: { Entrypoint: 'sh -c', Env: { PATH: '/' } } },
  volumes: { reason: 'ImageTooLarge', config: { Volumes: many(5000) } },
} as const;

function many(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`/v${index}`, {}]));
}

export const attack: Attack = {
  name: 'hostile-config',
  kind: 'gets more of a node',
  rights: 'the author of a flake',
  steps:
    'builds images whose configurations have labels that the runtime acts upon, also in other capitals and as two fields of one name, fields of wrong types, and thousands of volumes',
  holds: 'each is refused before anything of it is in the runtime, by a reason that says what',
  quick: false,
  repositories: {
    'hostile-config': {
      '1.0.0': flakeOf(
        Object.fromEntries(Object.entries(configs).map(([name, { config }]) => [name, `(${anImage(config)}) > $out`])),
      ),
    },
  },
  async run(session) {
    const flakeUrl = session.flake('hostile-config');
    for (const name of Object.keys(configs)) await request(session, { name, packageName: name, flakeUrl });
    for (const [name, { reason }] of Object.entries(configs)) {
      const { status } = await outcomeOfBuild(session, name, 240);
      mustHold(status.failure?.reason === reason, `${name}: ${JSON.stringify(status.failure ?? status.status)}`);
    }
  },
};

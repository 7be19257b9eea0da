import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import type { Session } from '../session.ts';
import { flakeOf } from '../small-flake.ts';

const limit = '512Mi';
/** Ends at four times the limit: where there is none, the node is not harmed. */
const most = 2 ** 31;

/** The two that are programs of the flake's: what evaluates it, and its builder. */
const flake = `{
  outputs = { self }: let
    run = name: more: derivation ({
      inherit name;
      system = "x86_64-linux";
      builder = "\${./bin}/busybox";
      args = [ "sh" ./builder.sh ];
    } // more);
    double = text: count: if count == 0 then text else double (text + text) (count - 1);
  in {
    packages.x86_64-linux = {
      builder = run "builder" { };
      evaluation = run "evaluation" { size = builtins.stringLength (double "x" 31); };
    };
  };
}
`;
const builder = `exec awk 'BEGIN { text = "x"; while (length(text) < ${most}) text = text text; print length(text) }'\n`;

export const attack: Attack = {
  name: 'memory-filled',
  kind: 'gets more of a node',
  rights: 'the author of a flake, in a namespace whose LimitRange gives each container half a gibibyte',
  steps: 'takes two gibibytes of memory while the flake is evaluated, and in a builder',
  holds: 'each attempt ends for want of memory, and says so, while others build',
  quick: false,
  repositories: { 'memory-filled': { '1.0.0': { ...flakeOf({}), 'flake.nix': flake, 'builder.sh': builder } } },
  async run(session) {
    await limitContainers(session);
    const flakeUrl = session.flake('memory-filled');
    const names = ['evaluation', 'builder'];
    for (const name of names) await request(session, { name, packageName: name, flakeUrl });
    await session.victimBuilds();
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name);
      mustHold(status.failure?.reason === 'OutOfMemory', `${name}: ${JSON.stringify(status.failure ?? status.status)}`);
    }
    await session.victimBuilds();
  },
};

async function limitContainers({ admin, attacker }: Session): Promise<void> {
  const limits = [{ type: 'Container', default: { memory: limit }, defaultRequest: { memory: '64Mi' } }];
  const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'half' }, spec: { limits } };
  await admin.kubectl(['--namespace', attacker.namespace, 'create', '--filename=-'], JSON.stringify(range));
}

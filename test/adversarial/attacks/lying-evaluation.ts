import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { isPrintable } from '../printable.ts';
import { flakeOf } from '../small-flake.ts';

const escape = '\u001b[2J\u001b]0;mine\u0007\u202e';

const flake = `{
  outputs = { self }: {
    packages.x86_64-linux = {
      recursion = let x = x; in x;
      deep = let f = x: 1 + f x; in f 0;
      throws = throw "\\n[enbi] progress: done${escape}\\nwhat to do  run anything";
      traces = builtins.trace "@nix {\\"action\\":\\"msg\\",\\"level\\":0,\\"msg\\":\\"${escape}\\"}" (throw "${escape}");
      long = throw (builtins.concatStringsSep "${escape}" (builtins.genList (x: "xxxxxxxxxx") 200000));
    };
  };
}
`;

export const attack: Attack = {
  name: 'lying-evaluation',
  kind: 'lies to people',
  rights: 'the author of a flake',
  steps:
    'writes a flake whose evaluation comes to no end, or throws and traces texts with escapes, lines of their own and half a mebibyte',
  holds: 'each build fails within its time, with a short message of printable text',
  quick: true,
  repositories: { 'lying-evaluation': { '1.0.0': { ...flakeOf({}), 'flake.nix': flake } } },
  async run(session) {
    const names = ['recursion', 'deep', 'throws', 'traces', 'long'];
    const flakeUrl = session.flake('lying-evaluation');
    for (const name of names) await request(session, { name, packageName: name, flakeUrl });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name);
      const { message = '' } = status.failure ?? {};
      mustHold(status.status === 'Failed', `${name}: ${JSON.stringify(status)}`);
      mustHold(message.length <= 1024, `the message of ${name} has ${message.length} characters`);
      mustHold(isPrintable(message), `${name}: ${JSON.stringify(message)}`);
    }
  },
};

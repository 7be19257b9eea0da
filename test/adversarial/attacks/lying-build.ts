import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';
import { isPrintable } from '../printable.ts';
import { flakeOf } from '../small-flake.ts';

/** Escapes, a line of its own, a mark that turns the text around, and no end. */
const lie = String.raw`[enbi] progress: all is well \033[2J\033[31m\r \342\200\256 gnorw si llA\n[enbi] Succeeded\n`;

const lies = `
printf '${lie}'
( while :; do
  printf '${lie}' > /proc/1/fd/1
  head -c 70000 /dev/zero | tr '\\0' x > /proc/1/fd/1
  printf '@nix {"action":"msg","level":0,"msg":"${String.raw`\\u001b[2J`}","raw_msg":"a lie"}\n' > /proc/1/fd/2
  sleep 1
done ) > /dev/null 2>&1 &
sleep 8
exit 1
`;

export const attack: Attack = {
  name: 'lying-build',
  kind: 'lies to people',
  rights: 'the author of a flake',
  steps:
    "prints forged lines of progress, escapes of terminals, marks that turn text around and lines without an end, through Nix and past it, to the standard output of enbi's process",
  holds: 'the status, the events and what kubectl enbi prints are lines of printable text, and the build has failed',
  quick: true,
  repositories: { 'lying-build': { '1.0.0': flakeOf({ default: lies }) } },
  async run(session) {
    const { attacker, admin } = session;
    await request(session, { name: 'liar', flakeUrl: session.flake('lying-build') });
    const seen = new Set<string>();
    await session.attackersBuild({
      name: 'liar',
      what: 'it fails',
      isSo: ({ status }) => {
        seen.add(status.progress ?? '');
        return status.status === 'Failed';
      },
    });
    const [build] = await admin.lists.builds(attacker.namespace);
    const events = await admin.lists.events(attacker.namespace);
    const texts = [...seen, ...textsIn(build?.status), ...events.map(({ message }) => message)];
    for (const text of texts) mustHold(isPrintable(text), `unprintable: ${JSON.stringify(text)}`);
    mustHold(
      [...seen].every((text) => text.length <= 200 && !text.includes('\n')),
      'the progress is more than a line',
    );
    for (const command of ['explain', 'logs']) {
      const { out, err } = await session.plugin(command, 'nixbuild/liar');
      const printed = `${out}${err}`;
      mustHold(isPrintable(printed), `${command} prints what is not printable`);
      mustHold(!/^\[enbi\]/m.test(printed), `${command} prints a line as if enbi had said it`);
    }
  },
};

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

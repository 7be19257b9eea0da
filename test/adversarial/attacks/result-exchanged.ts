import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { inPod, mountOwnStore } from '../own-pods.ts';
import { anImage, flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'result-exchanged',
  kind: 'reads what is not theirs',
  rights: 'a tenant',
  steps:
    'exchanges a built image and a link to a directory of the node in its place, as fast as a shell can, while it is imported under one name after the other',
  holds: 'what is loaded is the image that was built, or nothing',
  quick: false,
  repositories: { 'result-exchanged': { '1.0.0': flakeOf({ default: anImage() }) } },
  async run(session) {
    const flakeUrl = session.flake('result-exchanged');
    await request(session, { name: 'first', flakeUrl, imageTag: session.image('exchanged', 'first') });
    const { status: first } = await outcomeOfBuild(session, 'first');
    mustHold(first.status === 'Succeeded', 'the ordinary image was not built');
    await mountOwnStore(session, 'exchanger', first.buildNode);
    const base = (first.outPath ?? '').split('/').at(-1) ?? '';
    const loop = 'while [ ! -e /tmp/end ]; do mv $r $r.kept; ln -s /host/run $r; rm $r; mv $r.kept $r; done';
    await inPod(
      session,
      'exchanger',
      `r=$(find /store -maxdepth 4 -name ${base} | head -1); (${loop}) > /dev/null 2>&1 &`,
    );
    const names = ['second', 'third', 'fourth'];
    for (const name of names) await request(session, { name, flakeUrl, imageTag: session.image('exchanged', name) });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name);
      const isTheSame = status.imageDigest === first.imageDigest;
      mustHold(status.status !== 'Succeeded' || isTheSame, `${name} has the digest ${status.imageDigest}`);
    }
    await inPod(session, 'exchanger', 'touch /tmp/end');
  },
};

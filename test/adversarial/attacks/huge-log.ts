import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'huge-log',
  kind: 'stops the controller',
  rights: 'the author of a flake',
  steps: 'prints one line of thirty mebibytes, then lines of eight kibibytes without an end',
  holds: 'the build is ended for it, and the controller stays as small as it was',
  quick: false,
  repositories: {
    'huge-log': {
      '1.0.0': flakeOf({
        default: "head -c 31457280 /dev/zero | tr '\\0' x; echo; yes $(head -c 8000 /dev/zero | tr '\\0' y)",
      }),
    },
  },
  async run(session) {
    await request(session, { name: 'huge', flakeUrl: session.flake('huge-log') });
    const { status } = await outcomeOfBuild(session, 'huge', 300);
    mustHold(status.failure?.reason === 'BuilderFailed', JSON.stringify(status.failure ?? status.status));
    const rssMiB = Math.max(...(await session.admin.metric('process_resident_memory_bytes'))) / 2 ** 20;
    mustHold(rssMiB <= 160, `the controller has ${Math.round(rssMiB)} MiB`);
  },
};

import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';

/** Names that somebody, or something, could take for the other's. */
function alike(name: string): readonly string[] {
  const [host = '', ...rest] = name.split('/');
  const path = rest.join('/');
  const digest = `sha256:${'0'.repeat(64)}`;
  return [
    name.toUpperCase(),
    `${host.toUpperCase()}/${path}`,
    `${host}./${path}`,
    `${host.replace('i', 'ı')}/${path}`,
    `${host.replace('e', 'е')}/${path}`,
    `${host}//${path}`,
    `${host}/./${path}`,
    `${host}/%2e/${path}`,
    `${name}@${digest}`,
    `${name.replace(/:1$/, '')}@${digest}`,
    `other.test@${name}`,
    `http://${name}`,
    ` ${name}`,
    `${name}\n`,
    `${name}\u202e`,
    path,
  ];
}

export const attack: Attack = {
  name: 'names-alike',
  kind: 'runs as somebody else',
  rights: 'a tenant',
  steps:
    "asks for images under names that are another tenant's in other capitals, with letters that look alike, dots, a digest, a scheme, white space or marks",
  holds: 'each name is refused before anything is built',
  quick: true,
  async run(session) {
    const { spec } = await session.victimBuilds();
    for (const [index, imageTag] of alike(spec.imageTag).entries()) {
      const name = `alike-${index}`;
      const isTaken = await request(session, { name, imageTag, flakeUrl: session.flake('hello') }).then(
        () => true,
        () => false,
      );
      if (!isTaken) continue;
      const { status } = await outcomeOfBuild(session, name);
      mustHold(status.status === 'Failed' && status.drvPath === undefined, `${JSON.stringify(imageTag)} was built`);
    }
  },
};

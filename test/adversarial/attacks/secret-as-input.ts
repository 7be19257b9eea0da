import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';

const canary = 'canary-of-secret-as-input';

/** Where the Secret, or what is made of it, may lie in the container that fetches. */
const inputs = {
  directory: 'path:/enbi/secret',
  file: 'file:///enbi/secret/netrc',
  archive: 'tarball+file:///enbi/secret/netrc',
  temporary: 'path:/tmp',
  home: 'path:/proc/self/cwd',
  environ: 'file:///proc/self/environ',
  repository: 'git+file:///enbi/secret',
} as const;

function flakeWith(url: string): string {
  return `{ inputs.a = { url = "${url}"; flake = false; }; outputs = { self, a }: { }; }\n`;
}

export const attack: Attack = {
  name: 'secret-as-input',
  kind: 'reads what is not theirs',
  rights: 'the author of a private flake, who may also build in that namespace',
  steps:
    'names the Secret that the flake is fetched with as an input of the flake, by its directory, its file and in other ways, while the store on the disk is searched for it all the while',
  holds: 'each flake is refused, and the Secret is at no moment in what builds can read',
  quick: true,
  needsNode: true,
  repositories: Object.fromEntries(
    Object.entries(inputs).map(([name, url]) => [
      `secret-as-input-${name}`,
      { '1.0.0': { 'flake.nix': flakeWith(url) } },
    ]),
  ),
  async run(session) {
    const netrc = `machine git.example login user password ${canary}`;
    await session.attacker.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'fetches' },
      stringData: { netrc },
    });
    const end = `/tmp/${session.attacker.namespace}.end`;
    const stores = `/var/lib/enbi/stores/${session.attacker.namespace}*`;
    const look = `until [ -e ${end} ]; do grep -rls ${canary} ${stores}; sleep 0.05; done; true`;
    const looking = session.nodes.map((node) => session.onNode(node, 'sh', '-c', look));
    session.atTheEnd(() => session.onNode(session.nodes[0] ?? '', 'rm', '-f', end));
    const names = Object.keys(inputs);
    for (const name of names)
      await request(session, { name, flakeUrl: session.flake(`secret-as-input-${name}`), secretName: 'fetches' });
    for (const name of names) {
      const { status } = await outcomeOfBuild(session, name);
      mustHold(status.status === 'Failed', `${name} was not refused`);
      mustHold(!JSON.stringify(status).includes(canary), `the status of ${name} tells the Secret`);
    }
    for (const node of session.nodes) await session.onNode(node, 'touch', end);
    const found = (await Promise.all(looking)).join('');
    mustHold(found === '', `the Secret was in the store: ${found}`);
  },
};

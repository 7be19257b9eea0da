import { inject } from 'vitest';
import type { Kubectl } from '../../support/git-server.ts';

/** A branch of a served repository that a test moves, as other people's branches do. */
export interface MovingBranch {
  /** The flake reference, without a commit. */
  readonly url: string;
  /** Points it to the commit of a tag, and tells which that is. */
  to(tag: string): Promise<string>;
  /** Adds a commit without a change, and tells which it is. */
  commit(): Promise<string>;
}

export function movingBranch(kubectl: Kubectl, repository: string, name: string): MovingBranch {
  const branch = `${name}-${inject('run')}`;
  const onServer = async (script: string, ...args: readonly string[]) => {
    const command = ['sh', '-euc', `cd "/srv/$0.git"; ${script}`, repository, branch, ...args];
    return (await kubectl(['--namespace=enbi-demo', 'exec', 'deployment/git-server', '--', ...command])).trim();
  };
  return {
    url: `${inject('flakes')[repository]}?ref=${branch}`,
    to: (tag) => onServer('git branch --force "$1" "$2"; git rev-parse "$1"', tag),
    commit: () => onServer(`${asSomebody}; ${addCommit}; git rev-parse "$1"`),
  };
}

const asSomebody = 'export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x';
const addCommit = 'git branch --force "$1" "$(git commit-tree -p "$1" -m next "$1^{tree}")"';

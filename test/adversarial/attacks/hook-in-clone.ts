import type { Attack } from '../attack.ts';
import { flakeThatPlants, plantAndFetch } from '../planted-hooks.ts';

const repository = 'hook-in-clone-evil';

export const attack: Attack = {
  name: 'hook-in-clone',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake, who has no access to the cluster',
  steps:
    'lets its builder write hooks and configuration into every clone and directory it reaches, and waits for a fetch with a Secret',
  holds: 'nothing that a builder writes is run or read as configuration where credentials are',
  quick: true,
  needsNode: true,
  repositories: flakeThatPlants(repository),
  run: (session) => plantAndFetch(session, repository, 'Unprivileged'),
};

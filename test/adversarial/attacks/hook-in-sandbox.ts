import type { Attack } from '../attack.ts';
import { flakeThatPlants, plantAndFetch } from '../planted-hooks.ts';

const repository = 'hook-in-sandbox-evil';

export const attack: Attack = {
  name: 'hook-in-sandbox',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake that is built in Nix’ sandbox, who has no access to the cluster',
  steps:
    'lets its builder write hooks and configuration into every clone and directory it reaches, and waits for a fetch with a Secret',
  holds: 'nothing that a builder writes is run or read as configuration where credentials are',
  quick: false,
  needsNode: true,
  podSecurity: 'privileged',
  repositories: flakeThatPlants(repository),
  run: (session) => plantAndFetch(session, repository, 'Sandboxed'),
};

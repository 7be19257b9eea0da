import { beforeEach, describe, expect, it } from 'vitest';
import { ceilings } from '../api/ceilings.ts';
import { nameNumber } from './name-digest.ts';
import type { NameUsers } from './name-users.ts';
import { createStores } from './stores.ts';

const image = 'git.example/team/web:1.4';
const name = nameNumber(image) ?? 0;

let users: NameUsers;
let version = 0;

beforeEach(() => {
  users = createStores().podImages;
});

function tell(
  type: 'MODIFIED' | 'DELETED',
  pod: string,
  namespace: string,
  images: readonly string[],
  ids: string[] = [],
) {
  const metadata = { name: pod, namespace, uid: `uid-${namespace}-${pod}`, resourceVersion: `${++version}` };
  const containers = images.map((of, at) => ({ name: `c${at}`, image: of }));
  const containerStatuses = ids.map((imageID, at) => ({ name: `c${at}`, imageID }));
  users.applyEvent({ type, object: { metadata, spec: { containers }, status: { containerStatuses } } });
}

const uses = () => Object.fromEntries(users.of(name));

describe('who uses a name', () => {
  it('is counted by namespace, and forgotten with the last Pod', () => {
    tell('MODIFIED', 'a', 'team', [image]);
    tell('MODIFIED', 'b', 'team', [image, 'x.example/y:1'], ['sha256:1']);
    tell('MODIFIED', 'c', 'shop', ['GIT.example:443/team/web:1.4']);
    expect(uses()).toEqual({ team: { all: 2, settled: 1 }, shop: { all: 1, settled: 0 } });
    tell('DELETED', 'b', 'team', []);
    tell('DELETED', 'c', 'shop', []);
    expect(uses()).toEqual({ team: { all: 1, settled: 0 } });
    tell('DELETED', 'a', 'team', []);
    expect(uses()).toEqual({});
  });

  it('changes with a Pod’s status and images', () => {
    tell('MODIFIED', 'a', 'team', [image]);
    tell('MODIFIED', 'a', 'team', [image], ['sha256:1']);
    expect(uses()).toEqual({ team: { all: 1, settled: 1 } });
    tell('MODIFIED', 'a', 'team', ['git.example/team/web:1.5'], ['sha256:1']);
    expect(uses()).toEqual({});
  });

  it('is right again after a list, whatever was missed', () => {
    tell('MODIFIED', 'a', 'team', [image]);
    users.replace([], '900');
    expect(uses()).toEqual({});
  });

  it('of one Pod is counted once', () => {
    tell('MODIFIED', 'a', 'team', [image, image], ['sha256:1']);
    expect(uses()).toEqual({ team: { all: 1, settled: 1 } });
  });
});

describe('a namespace with more names than are noted', () => {
  const most = ceilings.namesOfNamespace.value;
  const perPod = ceilings.namesOfPod.value;
  const fill = (namespace: string) => {
    for (let pod = 0; pod * perPod < most + perPod; pod++) {
      const images = Array.from({ length: perPod }, (_, at) => `git.example/${namespace}/${pod}:${at}`);
      tell('MODIFIED', `p${pod}`, namespace, images);
    }
  };

  it('costs no more, and only its own names', () => {
    fill('hostile');
    tell('MODIFIED', 'late', 'hostile', [image]);
    expect(uses()).toEqual({});
    tell('MODIFIED', 'a', 'team', [image]);
    expect(uses()).toEqual({ team: { all: 1, settled: 0 } });
  });

  it('has room again when Pods go', () => {
    fill('hostile');
    tell('DELETED', 'p0', 'hostile', []);
    tell('MODIFIED', 'late', 'hostile', [image]);
    expect(uses()).toEqual({ hostile: { all: 1, settled: 0 } });
  });
});

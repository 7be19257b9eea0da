import { describe, expect, it, test } from 'vitest';
import { aBuild, aContainer, aPod } from '../../test/support/builders.ts';
import { podAnnotation } from '../api/labels.ts';
import { askedKeys, askingKeys } from './asking.ts';
import type { ContainerView } from './container.ts';

const { flakeUrl, packageName, imageTag, secretName } = podAnnotation;
/** `default` of git+https://git.example/hello?ref=refs/tags/1.0, as git.example/demo/hello:1.0. */
const hello = aBuild();
const here = 'git+https://git.example/hello?ref=refs/tags/{tag}';
const elsewhere = 'git+https://git.example/moved?ref=refs/tags/{tag}';
const sidecar = aContainer({ name: 'mesh', image: 'mesh.example/proxy:2' });
const migrate = aContainer({ list: 'init', name: 'migrate' });

function asks(annotations: Readonly<Record<string, string>>, containers: readonly ContainerView[]): boolean {
  const keys = askingKeys(aPod({ annotations, containers }));
  return askedKeys(hello).some((key) => keys.includes(key));
}

type Row = [situation: string, annotations: Readonly<Record<string, string>>, containers?: readonly ContainerView[]];
const web = [aContainer()];

describe('a Pod asks for a NixBuild', () => {
  test.each<Row>([
    ['whose flake it has its image made of', { [flakeUrl]: here }],
    ['however the reference is written', { [flakeUrl]: 'git+https://git.example/hello?ref=refs%2Ftags%2F1.0' }],
    ['with another Secret, since one NixBuild is for both', { [flakeUrl]: here, [secretName]: 'other' }],
    ['by the name of a container', { [`${flakeUrl}.web`]: here, [flakeUrl]: elsewhere }],
    ['of an image that it only names', { [`${flakeUrl}.db`]: elsewhere }],
    [
      'of an image that it only names beside one that is described',
      { [flakeUrl]: elsewhere, [imageTag]: 'git.example/db:1' },
    ],
    ['beside a sidecar that nothing describes', { [flakeUrl]: here }, [sidecar, ...web]],
    ['for a container that has the image of one that is described', { [`${flakeUrl}.web`]: here }, [migrate, ...web]],
    ['whether or not it has its image', { [flakeUrl]: here }, [aContainer({ running: true })]],
  ])('%s', (_, annotations, containers = web) => {
    expect(asks(annotations, containers)).toBe(true);
  });
});

describe('a Pod does not ask for a NixBuild', () => {
  test.each<Row>([
    ['of a flake that has been corrected since', { [flakeUrl]: elsewhere }],
    ['of a package that has been corrected since', { [flakeUrl]: here, [packageName]: 'docker' }],
    ['whose flake is that of another container', { [`${flakeUrl}.web`]: elsewhere, [`${flakeUrl}.db`]: here }],
    ['beside a sidecar that nothing describes', { [flakeUrl]: elsewhere }, [sidecar, ...web]],
    [
      'for a container that has the image of one that is described',
      { [`${flakeUrl}.web`]: elsewhere },
      [migrate, ...web],
    ],
    ['with annotations that cannot be followed', { [flakeUrl]: 'git+https://git.example/hello?ref=a b' }],
    ['of another image', { [flakeUrl]: here }, [aContainer({ image: 'git.example/demo/hello:1.1' })]],
  ])('%s', (_, annotations, containers = web) => {
    expect(asks(annotations, containers)).toBe(false);
  });

  it('of another namespace', () => {
    const pod = aPod();
    const other = { ...pod, metadata: { ...pod.metadata, namespace: 'other' } };
    expect(askedKeys(hello).filter((key) => askingKeys(other).includes(key))).toEqual([]);
  });
});

it('reads each Pod once, however often it is asked for', () => {
  const pod = aPod();
  expect(askingKeys(pod)).toBe(askingKeys(pod));
});

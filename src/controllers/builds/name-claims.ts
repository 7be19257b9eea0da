import { nameDigest, nameNumber, repositoryNumber } from '../../cluster-view/name-digest.ts';
import type { NameUsers } from '../../cluster-view/name-users.ts';
import type { NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { nameKeyOf } from '../../image-name/name-key.ts';
import type { ObjectStore } from '../../runtime/store.ts';

export interface NameStores {
  readonly builds: ObjectStore<NixBuild, 'name'>;
  readonly stores: ObjectStore<NixStore, 'imageName'>;
  readonly namespaces: ObjectStore<NamespaceView>;
  /** The images that nodes have, and those that Pods name. */
  readonly nodeImages: Pick<NameUsers, 'of'>;
  readonly podImages: Pick<NameUsers, 'of'>;
}

/**
 * Whose an image name is, on all nodes at once. In this order:
 *   1. the namespace that has loaded it: its NixStores say so, which nobody but enbi writes (a NixBuild's status may be a tenant's)
 *   2. whoever has it on a node or uses it in a Pod: enbi did not load it for anybody it remembers
 *   3. of several namespaces that ask for it now, the one with the oldest NixBuild
 * All by index: neither Pods nor NixBuilds are gone through.
 */
export class NameClaims {
  readonly #stores: NameStores;

  constructor(stores: NameStores) {
    this.#stores = stores;
  }

  /** Whether this NixBuild may not load an image under its name. */
  isTaken(build: NixBuild): boolean {
    const key = nameKeyOf(build.spec.imageTag);
    const name = nameNumber(build.spec.imageTag);
    if (key === undefined || name === undefined) return false;
    const owners = this.#owners(build, key);
    if (owners.includes('own')) return false;
    return (
      owners.includes('other') || this.#isOnNode(name) || this.#isUsed(build, key, name) || this.#isAsked(build, key)
    );
  }

  /** What a namespace of the same name left that is gone says nothing: its stores are about to go, too. */
  #owners({ metadata: { namespace = '' } }: NixBuild, key: string): readonly ('own' | 'other')[] {
    const uid = this.#stores.namespaces.get(namespace)?.metadata.uid;
    return this.#stores.stores.by('imageName', nameDigest(key)).flatMap(({ spec: { tenant, tenantUid } }) => {
      if (tenant !== namespace) return ['other'];
      return uid === undefined || tenantUid === undefined || tenantUid === uid ? ['own'] : [];
    });
  }

  #isOnNode(name: number): boolean {
    return this.#stores.nodeImages.of(name).size > 0;
  }

  /**
   * By Pods of other namespaces, but of one that asks for the name as well: between those the oldest NixBuild decides. And by Pods of
   * its own that have the image and never asked enbi for it; one that still waits may be what this NixBuild is for.
   */
  #isUsed(build: NixBuild, key: string, name: number): boolean {
    const own = build.metadata.namespace ?? '';
    if (this.#isOfTheSystem(build)) return true;
    for (const [namespace, { settled }] of this.#stores.podImages.of(name)) {
      if (namespace === own ? settled > 0 : !this.#asks(namespace, key)) return true;
    }
    return false;
  }

  /** Its repository is one of the cluster's own components: the next upgrade brings another tag of it. */
  #isOfTheSystem({ metadata: { namespace = '' }, spec }: NixBuild): boolean {
    const owners = this.#stores.podImages.of(repositoryNumber(spec.imageTag) ?? 0);
    return owners.size > 0 && !owners.has(namespace);
  }

  #asks(namespace: string, key: string): boolean {
    return this.#stores.builds
      .by('name', key)
      .some((build) => build.metadata.namespace === namespace && !gaveUp(build));
  }

  #isAsked(build: NixBuild, key: string): boolean {
    const { namespace } = build.metadata;
    const others = this.#stores.builds.by('name', key).filter(({ metadata }) => metadata.namespace !== namespace);
    return others.some((other) => !gaveUp(other) && isOlder(other, build));
  }
}

/**
 * What ended without an image leaves the name to others. Not what ended for want of the name: its Pods may still wait, for an image of
 * their own namespace. One that is being deleted keeps the name until it is gone.
 */
function gaveUp({ status: { status, failure } }: NixBuild): boolean {
  return status === 'Cancelled' || (status === 'Failed' && failure?.reason !== 'NameConflict');
}

/** The API server gives both, and nobody can change them. */
function isOlder({ metadata: one }: NixBuild, { metadata: other }: NixBuild): boolean {
  const [first = '', second = ''] = [one.creationTimestamp, other.creationTimestamp];
  return first === second ? one.uid < other.uid : first < second;
}

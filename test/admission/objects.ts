import { nixBuildFor } from '../../src/controllers/pods/nix-build.ts';
import { claimOf, volumeOf } from '../../src/controllers/stores/volume-manifests.ts';
import { aStore, someSettings } from '../support/builders.ts';
import { changed } from './requests.ts';

const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: 'team', name: 'a' },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'web' },
  type: 'Normal',
  reason: 'BuildQueued',
  message: 'a',
  source: { component: 'enbi' },
  reportingComponent: 'enbi',
  reportingInstance: 'enbi-1',
};
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'enbi', name: 'other' } };
const build = nixBuildFor(
  'team',
  { image: 'git.example/a:2', flakeUrl: 'github:a/b', packageName: 'default', secretName: 'git-token' },
  'x86_64-linux',
);

const scope = '0123456789abcdef'.repeat(2);

/** What the controller makes beside Jobs. */
export function objects(): Readonly<Record<string, object>> {
  const volume = volumeOf(aStore(), someSettings());
  return {
    'a volume': volume,
    'a volume of a scope': volumeOf(aStore({}, scope), someSettings()),
    'a claim': claimOf(aStore(), someSettings()),
    'a NixBuild': build,
    'an event': event,
  };
}

type Wrong = readonly [what: string, manifest: object, why: RegExp];

export function objectsWithOneThingWrong(): readonly Wrong[] {
  const volume = volumeOf(aStore(), someSettings());
  const claim = claimOf(aStore(), someSettings());
  const scopes = [`${scope}0`, scope.slice(1), `${scope}.import`, `${scope}/nix`, 'import', `ABCDEF${scope.slice(6)}`];
  const place = /is a store's directory of the namespace/;
  return [
    ['a volume of another directory', changed(volume, { 'spec|hostPath|path': '/etc' }), place],
    ['a volume of all stores', changed(volume, { 'spec|hostPath|path': '/var/lib/enbi/stores' }), place],
    ['a volume of another namespace', changed(volume, { 'spec|claimRef|namespace': 'other' }), place],
    ...scopes.map((wrong): Wrong => {
      const path = `/var/lib/enbi/stores/team.${wrong}`;
      return [`a volume of the scope ${wrong}`, changed(volume, { 'spec|hostPath|path': path }), place];
    }),
    [
      'a volume of a scope of another namespace',
      changed(volume, { 'spec|hostPath|path': `/var/lib/enbi/stores/other.${scope}` }),
      place,
    ],
    ['a volume for nobody', changed(volume, { 'spec|claimRef': undefined }), place],
    [
      'a volume that is deleted with its claim',
      changed(volume, { 'spec|persistentVolumeReclaimPolicy': 'Delete' }),
      place,
    ],
    ['a volume that is made where it is not', changed(volume, { 'spec|hostPath|type': 'DirectoryOrCreate' }), place],
    [
      'a volume of another kind',
      changed(volume, { 'spec|hostPath': undefined, 'spec|nfs': { server: 'a', path: '/' } }),
      place,
    ],
    ['a volume on all nodes', changed(volume, { 'spec|nodeAffinity': undefined }), place],
    ["a volume that is nobody's", changed(volume, { 'metadata|ownerReferences': [] }), /go with their NixStore/],
    ['a claim on any volume', changed(claim, { 'spec|volumeName': undefined }), /go with their NixStore/],
    ['a claim of another name', changed(claim, { 'metadata|name': 'data' }), /for one volume/],
    ['a claim of a storage class', changed(claim, { 'spec|storageClassName': 'standard' }), /for one volume/],
    ['an event in another name', changed(event, { reportingComponent: 'kubelet' }), /events in its own name/],
    ['another Lease', lease, /one Lease, its own/],
    ['a NixBuild that does not say whose it is', changed(build, { 'metadata|labels': {} }), /say so/],
  ];
}

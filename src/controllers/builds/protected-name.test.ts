import { expect, test } from 'vitest';
import { parseImageTag } from '../../image-name/image-name.ts';
import { refuseProtectedName } from './protected-name.ts';

const refused = (name: string, own: string) => () => refuseProtectedName(parseImageTag(name), own);

test.each([
  ['ghcr.io/team/enbi:2', 'ghcr.io/team/enbi:1'],
  ['ghcr.io/team/enbi:2', `ghcr.io/team/enbi@sha256:${'0'.repeat(64)}`],
  ['localhost:5000/enbi:2', 'localhost:5000/enbi'],
  ['docker.io/library/enbi:2', 'enbi:1'],
  ['docker.io/team/enbi:2', 'team/enbi:1'],
  ['index.docker.io/team/enbi:2', 'team/enbi:1'],
  ['registry.k8s.io/pause:3.11', 'enbi:1'],
  ['docker.io/rancher/mirrored-pause:3.6', 'enbi:1'],
  ['harbor.example:8443/mirror/k8s/pause:3', 'enbi:1'],
  ['gcr.io/google_containers/pause-amd64:3.1', 'enbi:1'],
])('%s is nobody’s to build (enbi is %s)', (name, own) => {
  expect(refused(name, own)).toThrow(expect.objectContaining({ name: 'UserError', reason: 'NameConflict' }));
});

test.each([
  ['ghcr.io/team/enbi-demo:2', 'ghcr.io/team/enbi:1'],
  ['ghcr.io/other/enbi:2', 'ghcr.io/team/enbi:1'],
  ['r.example/pause/app:1', 'enbi:1'],
  ['r.example/team/menopause:1', 'enbi:1'],
  ['r.example/team/pause-tool:1', 'enbi:1'],
])('%s is (enbi is %s)', (name, own) => expect(refused(name, own)).not.toThrow());

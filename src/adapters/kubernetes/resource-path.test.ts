import { expect, it } from 'vitest';
import { followLogPath, listPath, objectPath, watchPath } from './resource-path.ts';

const jobs = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true };
const nodes = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

it.each([
  ['an object', objectPath(jobs, { namespace: 'team', name: 'web' }), '/apis/batch/v1/namespaces/team/jobs/web'],
  ['a status', objectPath(jobs, { namespace: 'a', name: 'b' }, 'status'), '/apis/batch/v1/namespaces/a/jobs/b/status'],
  ['a cluster-scoped object', objectPath(nodes, { namespace: 'ignored', name: 'n1' }), '/api/v1/nodes/n1'],
  ['a name that would lead elsewhere', objectPath(nodes, { name: '../pods?x' }), '/api/v1/nodes/..%2Fpods%3Fx'],
  ['a list of everywhere', listPath(jobs, {}), '/apis/batch/v1/jobs'],
  [
    'a page of a selection',
    listPath(jobs, { namespace: 'team', labelSelector: 'a=b,c', limit: 500, continueToken: 'x' }),
    '/apis/batch/v1/namespaces/team/jobs?labelSelector=a%3Db%2Cc&limit=500&continue=x',
  ],
  [
    'a watch',
    watchPath(nodes, { resourceVersion: '7', timeoutSeconds: 300 }),
    '/api/v1/nodes?resourceVersion=7&timeoutSeconds=300&watch=true&allowWatchBookmarks=true',
  ],
  [
    'a log',
    followLogPath({ namespace: 'team', name: 'web', container: 'main', follow: true, tailLines: 9, limitBytes: 99 }),
    '/api/v1/namespaces/team/pods/web/log?container=main&follow=true&tailLines=9&limitBytes=99&timestamps=true',
  ],
])('the path of %s', (_, path, expected) => {
  expect(path).toBe(expected);
});

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Cluster, up } from '../../cluster/cluster.ts';
import { kubernetesNames } from '../../cluster/flavour.ts';
import { checkout } from '../support/source-files.ts';
import { jobs, jobsWithOneThingWrong, purgeJob, purgeJobsWithOneThingWrong } from './jobs.ts';
import { objects, objectsWithOneThingWrong } from './objects.ts';
import { changed, controller, Requests, uninstallation } from './requests.ts';
import { tenantsMayNot, tenantsStillMay } from './tenants.ts';

describe.each(kubernetesNames)('policies of deploy/ on the %s Kubernetes', (kubernetes) => {
  let cluster: Cluster;
  let requests: Requests;

  beforeAll(async () => {
    cluster = await up({ name: `admission-${kubernetes}`, nodes: 0, kubernetes, report: (line) => console.log(line) });
    requests = new Requests(cluster);
    for (const folder of ['deploy', 'deploy/uninstall'])
      await cluster.kubectl(['apply', '--server-side', '--kustomize', join(checkout, folder)]);
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: tenant }));
    for (const [user, manifest] of [
      [controller, changed(jobs()['a build'] ?? {}, { 'spec|template|spec|hostPID': true })],
      [controller, changed(jobs()['a build'] ?? {}, { 'spec|template|spec|containers|0|image': 'evil.example/a:1' })],
      [uninstallation, changed(purgeJob, { 'spec|template|spec|hostPID': true })],
    ] as const)
      await requests.settled(user, manifest);
  });
  afterAll(() => cluster?.down());

  test.each(Object.entries(jobs()))('let the controller make %s', async (_, manifest) => {
    expect(await requests.dryRun(controller, 'create', manifest)).toBe('');
  });

  test.each(jobsWithOneThingWrong())('refuse the controller a Job with %s', async (_, manifest, why) => {
    expect(await requests.dryRun(controller, 'create', manifest)).toMatch(why);
  });

  test('let the uninstallation make what removes a directory', async () => {
    expect(await requests.dryRun(uninstallation, 'create', purgeJob)).toBe('');
  });

  test.each(purgeJobsWithOneThingWrong())('refuse the uninstallation a Job with %s', async (_, manifest, why) => {
    expect(await requests.dryRun(uninstallation, 'create', manifest)).toMatch(why);
  });

  test.each(Object.entries(objects()))('let the controller make %s', async (_, manifest) => {
    expect(await requests.dryRun(controller, 'create', manifest)).toBe('');
  });

  test.each(objectsWithOneThingWrong())('refuse the controller %s', async (_, manifest, why) => {
    expect(await requests.dryRun(controller, 'create', manifest)).toMatch(why);
  });

  test('let the controller wake a Pod, and change nothing else of it', async () => {
    const patch = async (type: string, body: unknown) =>
      await requests.ask(controller, '-n', 'team', 'patch', 'pod', 'web', `--type=${type}`, '-p', JSON.stringify(body));
    const woken = { metadata: { annotations: { 'enbi.hrzn.ee/woken-at': '2026-11-30T07:00:00.000Z' } } };
    expect(await patch('merge', woken)).toBe('');
    const refused = /changes nothing of a Pod but the annotation/;
    for (const [type, body] of [
      ['merge', { metadata: { annotations: { other: '1' } } }],
      ['merge', { metadata: { annotations: { kept: null } } }],
      ['merge', { metadata: { labels: { app: 'other' } } }],
      ['merge', { metadata: { finalizers: ['example.com/a'] } }],
      ['merge', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'b' }] } }],
      ['merge', { metadata: { annotations: { 'enbi.hrzn.ee/woken-at': 'a'.repeat(65) } } }],
      ['json', [{ op: 'replace', path: '/spec/containers/0/image', value: 'evil.example/a:1' }]],
      ['json', [{ op: 'add', path: '/spec/activeDeadlineSeconds', value: 1 }]],
    ] as const)
      expect([body, await patch(type, body)]).toEqual([body, expect.stringMatching(refused)]);
  });

  test('let the controller tell its own agents what to do, and nobody else', async () => {
    const patch = (pod: readonly string[], metadata: object) =>
      requests.dryRunPatch(controller, ['pod', ...pod], { metadata });
    const [agent, orders] = [['-n', 'enbi', 'agent'], { annotations: { 'enbi.hrzn.ee/orders': '{"orders":[]}' } }];
    expect(await patch(agent, orders)).toBe('');
    const refused = /changes nothing of a Pod but the annotation/;
    for (const [pod, change] of [
      [['-n', 'enbi', 'other'], orders],
      [['-n', 'team', 'web'], orders],
      [agent, { annotations: { 'enbi.hrzn.ee/orders': 'a'.repeat(196_609) } }],
      [agent, { annotations: { 'enbi.hrzn.ee/orders': null } }],
      [agent, { annotations: { kept: null } }],
      [agent, { annotations: { other: '1' } }],
      [agent, { labels: { 'enbi.hrzn.ee/agent-of': 'b' } }],
    ] as const)
      expect([change, await patch(pod, change)]).toEqual([change, expect.stringMatching(refused)]);
  });

  test('let nobody but enbi tell an agent what to do, whoever may annotate its Pod', async () => {
    const patch = (annotations: object) =>
      requests.dryRunPatch('annotator', ['pod', '-n', 'enbi', 'agent'], { metadata: { annotations } });
    expect(await patch({ other: '1' })).toBe('');
    expect(await patch({ 'enbi.hrzn.ee/orders': '{"orders":[]}' })).toMatch(/mark what enbi made/);
    expect(await patch({ 'enbi.hrzn.ee/orders': null })).toMatch(/mark what enbi made/);
  });

  test.each([
    [['get', 'pod', 'agent'], /cannot get/],
    [['annotate', 'pod', 'agent', 'enbi.hrzn.ee/orders={}', '--overwrite'], /cannot (get|patch)/],
    [['delete', 'pod', 'agent'], /cannot delete/],
    [['exec', 'agent', '--', 'true'], /cannot (get|create)/],
    [['attach', 'agent'], /cannot (get|create)/],
    [['logs', 'agent'], /cannot get/],
  ])('give a tenant no right on the Pod of an agent: %s', async (args, why) => {
    expect(await requests.ask('tenant', '-n', 'enbi', ...args)).toMatch(why);
  });

  test('let the controller delete what is its own and nothing else', async () => {
    const remove = (...of: readonly string[]) => requests.ask(controller, 'delete', '--dry-run=server', ...of);
    expect(await remove('-n', 'team', 'job', 'ours')).toBe('');
    expect(await remove('-n', 'team', 'job', 'theirs')).toMatch(/deletes only what says that it is enbi's/);
    expect(await remove('pv', 'ours')).toBe('');
    expect(await remove('pv', 'theirs')).toMatch(/deletes only volumes of its own/);
  });

  test.each(tenantsStillMay)('let a tenant %s', async (_, user, verb, manifest) => {
    expect(await requests.dryRun(user, verb, manifest)).toBe('');
  });

  test.each(tenantsMayNot)('do not let a tenant %s', async (_, user, verb, manifest, why) => {
    expect(await requests.dryRun(user, verb, manifest)).toMatch(why);
  });

  test.each([
    ['its deadline', '/spec/activeDeadlineSeconds'],
    ['its mark', '/metadata/labels/enbi.hrzn.ee~1build-uid'],
  ])('do not let a tenant take from a Job of enbi %s', async (_, path) => {
    const patch = (user: string, name: string, op: object) =>
      requests.ask(
        user,
        '-n',
        'team',
        'patch',
        'job',
        name,
        '--dry-run=server',
        '--type=json',
        '-p',
        JSON.stringify([op]),
      );
    expect(await patch('tenant', 'ours', { op: 'remove', path })).toMatch(/mark what enbi made/);
    expect(await patch('', 'ours', { op: 'remove', path })).toBe('');
    expect(await patch('tenant', 'theirs', { op: 'add', path: '/spec/suspend', value: true })).toBe('');
  });

  test('let nobody but enbi and who looks after the cluster write a status', async () => {
    const patch = ['-n', 'team', 'patch', 'nixbuild', 'theirs', '--subresource=status', '--type=merge'];
    const storeName = ['-p', JSON.stringify({ status: { storeName: 'another' } })];
    expect(await requests.ask('wildcard', ...patch, ...storeName)).toMatch(/the status is enbi's to write/);
    expect(await requests.ask('tenant', ...patch, ...storeName)).toMatch(/cannot get resource "nixbuilds\/status"/);
    expect(await requests.ask(controller, ...patch, ...storeName)).toBe('');
    expect(await requests.ask('', ...patch, ...storeName)).toBe('');
  });

  test('let the controller tell its builders what to build, and no other Pod there', async () => {
    const metadata = { annotations: { 'enbi.hrzn.ee/orders': '{"orders":[]}' } };
    const patch = (pod: string, change: object) => {
      const given = JSON.stringify({ metadata: change });
      return requests.ask(
        controller,
        'patch',
        'pod',
        '-n',
        'team',
        pod,
        '--dry-run=server',
        '--type=merge',
        '-p',
        given,
      );
    };
    expect(await patch('builder', metadata)).toBe('');
    const refused = /changes nothing of a Pod but the annotation/;
    expect(await patch('web', metadata)).toMatch(refused);
    expect(await patch('builder', { annotations: { other: '1' } })).toMatch(refused);
    expect(await patch('builder', { labels: { 'enbi.hrzn.ee/builder': 'other' } })).toMatch(refused);
  });

  test('are found by the doctor as they are in deploy/', async () => {
    const program = join(checkout, 'src/main/kubectl-enbi.ts');
    const args = [program, '--kubeconfig', cluster.kubeconfig, 'doctor', '--output', 'json'];
    // Without nodes the controller does not run, so the doctor ends with 1.
    const out = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, (_, stdout) => resolve(stdout)),
    );
    const { findings } = JSON.parse(out) as { findings: { health: string; check: string; message: string }[] };
    const policies = findings.filter(({ check }) => check === 'policies');
    expect(policies.map(({ health, message }) => `${health} ${message}`)).toEqual([
      'OK all 4 policies and bindings are there',
      'OK all 8 policies and bindings are there',
      'OK all 8 policies and bindings are there',
    ]);
  });

  test('give people no right on NixStores', async () => {
    expect(await requests.ask('tenant', 'get', 'nixstores')).toMatch(/cannot list resource "nixstores"/);
    expect(await requests.ask('tenant', '-n', 'team', 'get', 'nixbuilds')).toBe('');
    expect(await requests.ask('viewer', '-n', 'team', 'delete', 'nixbuild', 'theirs')).toMatch(/cannot delete/);
  });
});

/** A namespace with people in it, and with Pods, Jobs and volumes that are and are not enbi's. */
const tenant = parseAllDocuments(readFileSync(join(import.meta.dirname, 'tenant.yaml'), 'utf8')).map(
  (document): unknown => document.toJS(),
);

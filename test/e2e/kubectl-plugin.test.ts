import { afterAll, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod } from './support/manifests.ts';
import { installPlugin } from './support/plugin.ts';
import { enterTenant } from './support/tenant.ts';

const cluster = await clusterUnderTest();
const plugin = await installPlugin(cluster);
afterAll(() => plugin[Symbol.asyncDispose]());

test.concurrent('a build is asked for, followed to its success, and told to programs', async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-build');
  const image = tenant.image('hello', '1.0.0');
  const args = ['build', cluster.flake('hello'), '--image', image];
  const first = await plugin.run(tenant.namespace, ...args, '--logs');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toMatch(/^NixBuild hello-1-0-0-\w+ in namespace \S+ was made\n/);
  expect(first.out).toContain(`attempt 1 on node ${cluster.node}`);
  expect(first.out).toMatch(/^fetch {2}│ \[enbi\] fetched git:/m);
  expect(first.out).toMatch(/^build {2}│ /m);
  expect(first.out).toMatch(/^import │ .* is on this node: /m);
  expect(first.out).toContain(`Succeeded   ImageReady: ${image} is loaded on ${cluster.node}`);

  const again = await plugin.run(tenant.namespace, ...args, '--output=json');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({
    phase: 'Succeeded',
    image,
    nodes: [cluster.node],
    system: 'x86_64-linux',
  });
});

test.concurrent('a build that fails is explained, its logs read, and it is tried again', async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-fails');
  const image = tenant.image('broken', '1.0.0');
  await tenant.apply(aPod({ name: 'broken', image, flakeUrl: cluster.flake('trouble'), packageName: 'failing' }));
  const { metadata } = await tenant.failed(image);
  const run = (...args: readonly string[]) => plugin.run(tenant.namespace, ...args);

  const [ofPod, ofBuild, logs] = await Promise.all([
    run('explain', 'pod/broken'),
    run('explain', metadata.name, '-o', 'json'),
    run('logs', '--follow', 'pod/broken'),
  ]);
  expect(ofPod).toMatchObject({ code: 0, err: '' });
  expect(ofPod.out).toMatch(/^ {2}broken {2}waits: \w+ {2}/m);
  expect(ofPod.out).toContain('reason      BuilderFailed: ');
  expect(ofPod.out).toContain('what to do  run the command in ');
  expect(ofPod.out).not.toMatch(/status\.failure|this page|\bNAME\b/);
  expect(ofPod.out).toContain('the reason');
  expect(JSON.parse(ofBuild.out)).toMatchObject({
    phase: 'Failed',
    rule: { because: 'NothingToDo' },
    failure: { stage: 'Build', reason: 'BuilderFailed' },
    notes: [],
  });
  expect(logs.code).toBe(1);
  expect(logs.out).toMatch(
    /^fetch {2}│ .*\n(?:fetch {2}│ .*\n)*(?:build {2}│ .*\n)+Failed: BuilderFailed at stage Build/,
  );

  const again = await run('retry', `nb/${metadata.name}`, '--wait');
  expect(again.code).toBe(1);
  expect(again.out).toContain('is asked for\n');
  expect(again.out).toContain(`attempt 2 on node ${cluster.node}`);
  expect(again.out).not.toContain('attempt 1 ');
});

test.concurrent('a build goes on after Ctrl-C, until it is cancelled', async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-cancel');
  // A system that no node has: it waits until somebody ends it.
  const args = ['build', cluster.flake('hello'), '-i', tenant.image('hello', '1.0.0'), '--system', 'riscv64-linux'];
  const left = await plugin.interrupt('WaitingForNode', tenant.namespace, ...args);
  expect(left.code).toBe(130);
  const [, name = ''] = /goes on in the cluster[^]* cancel (\S+)\n$/.exec(left.out) ?? [];
  expect(await tenant.builds()).toMatchObject([{ metadata: { name }, status: { status: 'Pending' } }]);

  const ended = await plugin.run(tenant.namespace, 'cancel', name, '--wait');
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(ended.out).toContain('Cancelled   Cancelled: ');
  const again = await plugin.run(tenant.namespace, 'cancel', name);
  expect(again).toMatchObject({ code: 0, out: `NixBuild ${name} is over already: Cancelled\n` });
});

test.concurrent('the cluster of these tests is well, and the doctor says so', async ({ expect }) => {
  const { code, out } = await plugin.run('default', 'doctor', '--output=json');
  const { findings } = JSON.parse(out) as { findings: { health: string; check: string; about?: string }[] };
  expect(findings.filter(({ health }) => health === 'FAIL')).toEqual([]);
  expect(code).toBe(0);
  const well = findings.filter(({ health }) => health === 'OK').map(({ check, about }) => [check, about].join(' '));
  for (const node of [cluster.node, cluster.otherNode]) {
    expect(well).toEqual(expect.arrayContaining([`node ${node}`, `runtime ${node}`, `kubelet ${node}`]));
  }
  expect(well).toEqual(
    expect.arrayContaining(['API server ', 'controller enbi/enbi-controller', 'permissions ', 'Pod Security enbi']),
  );
});

test.concurrent('whoever has rights in one namespace alone is told what cannot be seen', async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-tenant');
  await tenant.kubectl(['create', 'serviceaccount', 'viewer']);
  const account = `--serviceaccount=${tenant.namespace}:viewer`;
  await tenant.kubectl(['create', 'rolebinding', 'viewer', '--clusterrole=view', account]);
  await tenant.kubectl(['create', 'role', 'builds', '--verb=get,list,watch', '--resource=nixbuilds.enbi.hrzn.ee']);
  await tenant.kubectl(['create', 'rolebinding', 'builds', '--role=builds', account]);
  const image = tenant.image('broken', '1.0.0');
  await tenant.apply(aPod({ name: 'broken', image, flakeUrl: cluster.flake('trouble'), packageName: 'failing' }));
  await tenant.failed(image);

  const run = await plugin.as(tenant.namespace, 'viewer');
  const explained = await run(tenant.namespace, 'explain', 'pod/broken');
  expect(explained).toMatchObject({ code: 0, err: '' });
  expect(explained.out.replaceAll(/\s+/g, ' ')).toMatch(
    /note you may not list Jobs .*; list NixStores; .*; list nodes; /,
  );
  expect(explained.out).toContain('reason      BuilderFailed: ');
  const made = await run(tenant.namespace, 'build', cluster.flake('hello'), '-i', image, '-s', 'x86_64-linux');
  expect([made.code, made.err]).toEqual([
    3,
    expect.stringMatching(/^error: you may not create nixbuilds\.enbi\.hrzn\.ee in namespace .*\n.*forbidden/),
  ]);
  await tenant.kubectl(['delete', 'rolebinding', 'viewer']);
  const logs = await run(tenant.namespace, 'logs', 'pod/broken');
  expect([logs.code, logs.err]).toEqual([3, expect.stringContaining('you may not get pods in namespace')]);
});

test.concurrent("Kubernetes' own roles take enbi's in, and neither a status nor a NixStore", async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-roles');
  const may = async (role: string, ...what: readonly string[]) =>
    await tenant.kubectl(['auth', 'can-i', ...what, `--as=${role}-of-${tenant.namespace}`]).then(
      () => true,
      () => false,
    );
  for (const [role, creates] of [
    ['edit', true],
    ['view', false],
  ] as const) {
    await tenant.kubectl([
      'create',
      'rolebinding',
      role,
      `--clusterrole=${role}`,
      `--user=${role}-of-${tenant.namespace}`,
    ]);
    await expect.poll(() => may(role, 'list', 'nixbuilds')).toBe(true);
    expect(await may(role, 'create', 'nixbuilds')).toBe(creates);
    expect(await may(role, 'patch', 'nixbuilds', '--subresource=status')).toBe(false);
    expect(await may(role, 'list', 'nixstores')).toBe(false);
  }
});

test.concurrent('the role enbi-user is all that a tenant needs', async ({ expect }) => {
  await using tenant = await enterTenant(cluster, 'plugin-role');
  await tenant.kubectl(['create', 'serviceaccount', 'user']);
  const account = `--serviceaccount=${tenant.namespace}:user`;
  await tenant.kubectl(['create', 'rolebinding', 'user', '--clusterrole=enbi-user', account]);
  const image = tenant.image('broken', '1.0.0');
  await tenant.apply(aPod({ name: 'broken', image, flakeUrl: cluster.flake('trouble'), packageName: 'failing' }));
  const { name } = (await tenant.failed(image)).metadata;

  const asUser = await plugin.as(tenant.namespace, 'user');
  const run = (...args: readonly string[]) => asUser(tenant.namespace, ...args);
  const explained = await run('explain', 'pod/broken');
  expect(explained).toMatchObject({ code: 0, err: '' });
  expect(explained.out).not.toMatch(/you may not .* in namespace (?!enbi\b)/);
  const logs = await run('logs', `nixbuild/${name}`);
  expect(logs).toMatchObject({ code: 0, err: '' });
  expect(logs.out).toMatch(/^build {2}│ /m);
  const wish = [cluster.flake('hello'), '-i', tenant.image('hello', '1.0.0'), '-s', 'riscv64-linux', '--no-follow'];
  const made = await run('build', ...wish, '-o', 'json');
  expect(made.code).toBe(0);
  const other = (JSON.parse(made.out) as { name: string }).name;
  expect(await run('cancel', other, '--wait')).toMatchObject({ code: 0, err: '' });
  expect(await run('retry', other)).toMatchObject({ code: 0, err: '' });
});

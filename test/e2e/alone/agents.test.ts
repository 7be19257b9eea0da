import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { reconfigure } from '../../support/controller.ts';
import type { NixBuild } from '../../support/objects.ts';
import { checkout } from '../../support/source-files.ts';
import { agentPods, importsOf, liveAgents } from '../support/agents.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { heldInImport } from '../support/held.ts';
import { heldAtStart } from '../support/held-at-start.ts';
import { aNixBuild, aPod } from '../support/manifests.ts';
import type { Tenant } from '../support/tenant.ts';

// Whatever harms an agent harms the imports of everybody.
const cluster = await clusterUnderTest();
const tenant = await cluster.tenantOfFile('agents');

async function ask(of: Tenant, packageName: string): Promise<string> {
  const name = packageName.replace('.', '-');
  const imageTag = of.image(name, '1.0.0');
  await of.apply(aNixBuild({ name, flakeUrl: cluster.flakeAt('trouble', '1.0.0'), packageName, imageTag }));
  return imageTag;
}

const held = async (name: string) => await heldInImport(cluster, tenant, await ask(tenant, `held-import.${name}`));

/** The one agent of the node, which lives. */
async function theAgent() {
  const [agent, ...others] = await liveAgents(cluster);
  expect(others).toEqual([]);
  if (agent === undefined) throw new Error('no agent lives');
  return agent;
}

/** With no more than one attempt, and by one agent. */
async function importedOnce({ spec }: NixBuild): Promise<void> {
  const build = await tenant.succeeded(spec.imageTag);
  expect(build.status).toMatchObject({ attempts: 1 });
  expect(await importsOf(cluster, build)).toHaveLength(1);
}

const killed = (pid: string, signal: string) => cluster.onNode('kill', `-${signal}`, pid);

test('an import that stands still, and then crashes, costs nobody else anything', async () => {
  const hostile = await held('hostile');
  const agent = await theAgent();
  const other = await cluster.tenant('agents-other');
  await other.apply(
    aPod({ name: 'page', image: other.image('page', '1'), flakeUrl: cluster.flakeAt('hello', '1.0.0') }),
  );
  await other.ready('page');

  // What the kernel holds it to: a process that eats memory dies of that alone, and first where the node has none left.
  const score = async (pid: string) => (await cluster.onNode('cat', `/proc/${pid}/oom_score_adj`)).trim();
  expect(await score(hostile.pid)).toBe('1000');
  expect(await cluster.onNode('cat', `/proc/${hostile.pid}/limits`)).toMatch(/^Max data size +\d{9,10} /m);
  await killed(hostile.pid, 'ABRT');
  await hostile.release();
  const { status } = await tenant.failed(hostile.build.spec.imageTag);
  expect(status.failure).toMatchObject({ stage: 'Import', reason: 'InvalidResult' });
  expect((await theAgent()).metadata.uid).toBe(agent.metadata.uid);
});

test.each([
  ['killed', 'agent-killed', async (pod: string) => await cluster.onNode('sh', '-uc', killAgent, 'kill', pod)],
  [
    'taken away',
    'agent-deleted',
    async (pod: string) => await cluster.kubectl(['--namespace=enbi', 'delete', 'pod', pod, '--wait=false']),
  ],
])('an agent that is %s in mid-import is followed by another, which finishes it', async (_, name, lose) => {
  const { build } = await held(name);
  const before = await theAgent();
  await lose(before.metadata.name);
  await importedOnce(build);
  expect((await theAgent()).metadata.uid).not.toBe(before.metadata.uid);
});

const killAgent = `
  for pid in $(pgrep -f '^/usr/bin/node .* agent$'); do
    tr '\\0' '\\n' <"/proc/$pid/environ" | grep -qx "HOSTNAME=$1" && kill -KILL "$pid"
  done
`;

test('a kubelet that is restarted, and a log that is cut off meanwhile, cost no second import', async () => {
  const { build, release } = await held('kubelet-restarted');
  const { metadata } = await theAgent();
  const say = 'yes "$0" | head -c 12000000 >/proc/1/fd/1';
  const inAgent = ['exec', metadata.name, '--', 'busybox', 'sh', '-c', say, 'what an import says'.repeat(10)];
  await cluster.kubectl(['--namespace=enbi', ...inAgent]);
  await cluster.onNode('sh', '-c', 'kill $(pidof kubelet)');
  // As its own timer would have it in a moment.
  const logs = `/var/log/pods/enbi_${metadata.name}_${metadata.uid}/agent`;
  await tenant.waitFor('the log is another', async () => {
    const names = (await cluster.onNode('ls', logs)).trim().split('\n');
    return names.length > 1 ? names : undefined;
  });
  await release();
  await importedOnce(build);
  expect((await theAgent()).metadata.uid).toBe(metadata.uid);
});

describe('where no log may be read, and no agent stays', () => {
  const binding = ['clusterrolebinding', 'enbi-controller-build-logs'];

  afterAll(async () => {
    await cluster.kubectl(['apply', '--server-side', '--filename', join(checkout, 'deploy/build-logs.yaml')]);
    await reconfigure(cluster.kubectl, ['ENBI_AGENT_IDLE-']);
  });

  test('images are loaded, kept while they are waited for, and nothing of it is left', async () => {
    await cluster.kubectl(['delete', ...binding]);
    await reconfigure(cluster.kubectl, ['ENBI_AGENT_IDLE=0']);
    const quiet = await cluster.tenant('unheard');
    const image = quiet.image('hello', '1.0.0');
    const [{ release }] = await Promise.all([
      heldAtStart(cluster, quiet, image),
      quiet.succeeded(await ask(quiet, 'held-import.unheard')),
    ]);
    expect(await cluster.isPinned(image)).toBe(true);
    await release();
    await quiet.ready('hello');
    await quiet.waitFor('the pin is taken off', async () => (await cluster.isPinned(image)) === false || undefined);
    await quiet.waitFor('no agent is left', async () => (await agentPods(cluster)).length === 0 || undefined);
  });
});

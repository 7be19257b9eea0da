import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isReady } from '../../support/objects.ts';
import { withArchitecture } from '../support/architecture.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { emulateAarch64 } from '../support/emulation.ts';
import { aNode, statusOf, type Trait } from '../support/fake-nodes.ts';
import { aDeployment, aNixBuild, confined, oneOnEach } from '../support/manifests.ts';

const cluster = await clusterUnderTest();
const { kubectl, node, otherNode } = cluster;

describe('where none of the nodes fits', () => {
  /** Nodes that no kubelet stands behind; each fits but for one thing. */
  const traits: readonly Trait[] = ['windows', 'arm64', 'cri-o', 'not-ready', 'repelled', 'full', 'tainted'];

  beforeAll(async () => {
    for (const trait of traits) {
      await kubectl(['create', '--filename=-'], JSON.stringify(aNode(trait)));
      await kubectl([
        'patch',
        'node',
        `fake-${trait}`,
        '--subresource=status',
        `--patch=${JSON.stringify(statusOf(trait))}`,
      ]);
    }
    await kubectl(['cordon', node]);
  });
  afterAll(async () => {
    await kubectl(['delete', 'node', '--ignore-not-found', ...traits.map((trait) => `fake-${trait}`)]);
    await kubectl(['uncordon', node]);
  });

  test('a build names every reason, and goes on by itself when one fits', async () => {
    const tenant = await cluster.tenant('no-node');
    const imageTag = tenant.image('hello', '1.0.0');
    await tenant.apply(aNixBuild({ name: 'hello', flakeUrl: cluster.flakeAt('hello', '1.0.0'), imageTag }));
    const told = [
      '1 not linux',
      '1 another system',
      '1 container runtime is not containerd',
      '1 not ready',
      '2 cordoned',
      '1 repelled by label',
      '1 disk pressure',
      '1 taint example.com/reserved=yes:NoSchedule not tolerated',
    ];
    await tenant.waitFor(
      'all reasons are named',
      async () => {
        const [build] = await tenant.builds();
        const ready = build?.status.conditions?.find(({ type }) => type === 'Ready');
        const [, reasons = ''] = ready?.message.split('no node can build for x86_64-linux: ') ?? [];
        if (reasons.split(', ').toSorted().join() === told.toSorted().join()) return true;
        throw new Error(`${build?.status.status} ${ready?.reason}: ${ready?.message}`);
      },
      30,
    );
    expect(await tenant.kubectl(['get', 'nb', '--output=wide'])).toMatch(/ Pending .* WaitingForNode /);
    expect(await tenant.jobs()).toEqual([]);

    await kubectl(['uncordon', node]);
    const { status } = await tenant.succeeded(imageTag);
    expect(status).toMatchObject({ buildNode: node, attempts: 1 });
  });
});

describe('with an emulator for aarch64', () => {
  let given: AsyncDisposableStack;

  beforeAll(async () => {
    await using stack = new AsyncDisposableStack();
    stack.use(await emulateAarch64((line) => void process.stdout.write(`${line}\n`)));
    stack.use(await withArchitecture(kubectl, otherNode, 'arm64'));
    stack.defer(async () => void (await kubectl(['cordon', otherNode])));
    await kubectl(['uncordon', otherNode]);
    given = stack.move();
  });
  afterAll(() => given.disposeAsync());

  test('a Deployment over two systems gives each node the image for its own', async () => {
    const tenant = await cluster.tenant('two-systems');
    const image = tenant.image('systems', '1.0.0');
    const pod = { topologySpreadConstraints: [oneOnEach('web')], containers: [{ name: 'web', image, ...confined }] };
    const flakeUrl = cluster.flake('systems');
    await tenant.apply(aDeployment({ name: 'web', image, flakeUrl, replicas: 2, pod }));
    const native = await tenant.waitFor(`the Pod on ${node} runs`, async () =>
      (await tenant.pods()).find(
        (pod) => pod.metadata.labels.app === 'web' && pod.spec.nodeName === node && isReady(pod),
      ),
    );
    expect(await tenant.kubectl(['logs', native.metadata.name])).toBe('run by x86_64\n');
    await tenant.waitFor('both are built', async () => {
      const built = (await tenant.builds()).filter(({ status }) => status.status === 'Succeeded');
      return built.length === 2 ? true : undefined;
    });
    // That containerd is one for amd64 all the same, and does not unpack what it has.
    const loaded = async (on: string) =>
      await cluster.on(on, 'ctr', '--namespace=k8s.io', 'images', 'list', `name==${image}`);
    expect(await loaded(node)).toContain(' linux/amd64 ');
    expect(await loaded(otherNode)).toContain(' linux/arm64 ');
    const builds = (await tenant.builds()).map(({ spec, status }) => [spec.system, [status.buildNode, status.nodes]]);
    expect(Object.fromEntries(builds)).toEqual({
      'aarch64-linux': [otherNode, [otherNode]],
      'x86_64-linux': [node, [node]],
    });
  });

  test('a node of another architecture builds for the system it declares', async () => {
    await kubectl(['cordon', otherNode]);
    await kubectl(['annotate', '--overwrite', 'node', node, 'enbi.hrzn.ee/systems=aarch64-linux']);
    onTestFinished(async () => void (await kubectl(['annotate', 'node', node, 'enbi.hrzn.ee/systems-'])));
    const tenant = await cluster.tenant('declared');
    const imageTag = tenant.image('systems', '1.0.0');
    const wishes = { flakeUrl: cluster.flakeAt('systems', '1.0.0'), system: 'aarch64-linux', imageTag };
    await tenant.apply(aNixBuild({ name: 'declared', ...wishes }));
    const { status } = await tenant.succeeded(imageTag);
    expect(status).toMatchObject({ buildNode: node, isolation: 'Sandboxed', nodes: [node] });
  });
});

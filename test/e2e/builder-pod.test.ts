import { expect, test } from 'vitest';
import { ordersAnnotation } from '../../src/api/labels.ts';
import { type Isolation, paths } from '../../src/api/order.ts';
import { parseReport } from '../../src/api/report.ts';
import { BuildResult } from '../../src/api/result.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';

const cluster = await clusterUnderTest();

/** Made by hand, so that nothing but its Pod has a part in it. */
function builderPod(isolation: Isolation, orders: string): object {
  const sandboxed = isolation === 'Sandboxed';
  const orderFile = { path: 'orders.json', fieldRef: { fieldPath: `metadata.annotations['${ordersAnnotation}']` } };
  const container = (name: 'fetch' | 'build', mounts: readonly object[]) => ({
    name,
    image: cluster.enbiImage,
    imagePullPolicy: 'IfNotPresent',
    command: [paths.builderLoop],
    args: [name, '600'],
    env: [{ name: 'ENBI_VERSION', value: '1' }],
    terminationMessagePolicy: 'File',
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      ...(sandboxed ? { procMount: 'Unmasked' } : {}),
    },
    volumeMounts: [
      { name: 'store', mountPath: '/nix', subPath: 'nix' },
      { name: 'orders', mountPath: '/enbi/order', readOnly: true },
      { name: `tmp-${name}`, mountPath: '/tmp' },
      { name: 'handover', mountPath: paths.handover, readOnly: name === 'build' },
      { name: 'handback', mountPath: paths.handback, readOnly: name === 'fetch' },
      ...mounts,
    ],
  });
  const directories = 'mkdir -p /store/nix/store /store/nix/var/nix/gcroots/enbi /store/fetch-cache /store/cache';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'builder', annotations: { [ordersAnnotation]: orders } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      ...(sandboxed ? { hostUsers: false } : {}),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: sandboxed ? 'Unconfined' : 'RuntimeDefault' },
      },
      initContainers: [
        {
          name: 'prepare',
          image: cluster.enbiImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['/usr/bin/sh', '-c', directories],
          volumeMounts: [{ name: 'store', mountPath: '/store' }],
        },
      ],
      containers: [
        container('fetch', [{ name: 'store', mountPath: paths.fetchCache, subPath: 'fetch-cache' }]),
        container('build', [{ name: 'store', mountPath: paths.buildCache, subPath: 'cache' }]),
      ],
      volumes: [
        ...['store', 'handover', 'handback', 'tmp-fetch', 'tmp-build'].map((name) => ({ name, emptyDir: {} })),
        { name: 'orders', downwardAPI: { items: [orderFile] } },
      ],
    },
  };
}

function listOf(isolation: Isolation, ids: readonly string[], more: object = {}): string {
  const limits = { timeoutSeconds: 300, maxSilentSeconds: 300, maxJobs: 2, cores: 0 };
  const nix = { substituters: [], trustedPublicKeys: [], extraPlatforms: [], ...limits };
  const orders = ids.map((id) => {
    const flakeUrl = cluster.flakeAt('hello', id === 'first' ? '1.0.0' : '1.1.0');
    const what = { flakeUrl, packageName: 'default', system: hostSystem };
    return { id, build: { ...what, isolation, root: `root-${id}`, fetchCache: 'public', nix } };
  });
  return JSON.stringify({ version: '1', ask: '', atOnce: 1, orders, ...more });
}

const hostSystem = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';

test.each(['Sandboxed', 'Unprivileged'] as const)(
  'a builder of a real kubelet takes one order after another, %s, and ends when it is told to',
  async (isolation) => {
    const tenant = await cluster.tenant(`builder-${isolation.toLowerCase()}`);
    const logOf = async (container: string) => await tenant.kubectl(['logs', 'builder', `--container=${container}`]);
    const resultOf = (order: string) =>
      tenant.waitFor(`${order} is reported`, async () => {
        const reports = (await logOf('build')).split('\n').flatMap((line) => parseReport(line) ?? []);
        const found = reports.find((report) => report.order === order);
        return found === undefined ? undefined : BuildResult.parse(found.result);
      });
    const list = (ids: readonly string[], more: object = {}) => {
      const annotation = `${ordersAnnotation}=${listOf(isolation, ids, more)}`;
      return tenant.kubectl(['annotate', '--overwrite', 'pod', 'builder', annotation]);
    };

    await tenant.apply(builderPod(isolation, listOf(isolation, ['first'])));
    expect(await resultOf('first')).toMatchObject({ ok: true });
    await list(['second']);
    expect(await resultOf('second')).toMatchObject({ ok: true, pathsCopied: 0 });
    await list([]);
    const resident = await tenant.waitFor('nothing runs but the two shells', async () => {
      const seen = await Promise.all(
        ['fetch', 'build'].map((container) =>
          tenant.kubectl(['exec', 'builder', `--container=${container}`, '--', 'busybox', 'sh', '-c', look]),
        ),
      );
      const sizes = seen.map((text) =>
        text
          .split('\n')
          .filter((line) => line !== '')
          .map(Number),
      );
      return sizes.every(({ length }) => length === 1) ? sizes.flat() : undefined;
    });
    expect(resident.reduce((sum, kilobytes) => sum + kilobytes, 0)).toBeLessThan(20 * 1024);
    await list([], { staySeconds: 0 });
    await tenant.waitFor('both have ended well', async () => {
      const phase = await tenant.kubectl(['get', 'pod', 'builder', '--output=jsonpath={.status.phase}']);
      return phase === 'Succeeded' ? true : undefined;
    });
  },
);

/** What every process but the one that looks, and what it starts, has resident. */
const look = `for p in /proc/[0-9]*; do
  [ "$p" != "/proc/$$" ] && while read -r name size _; do [ "$name" = VmRSS: ] && echo "$size"; done <$p/status
done 2>/dev/null; true`;

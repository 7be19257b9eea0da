import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';

const Probe = z.object({
  periodSeconds: z.number(),
  timeoutSeconds: z.number(),
  failureThreshold: z.number().default(3),
});
const Deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ startupProbe: Probe, livenessProbe: Probe, readinessProbe: Probe })),
      }),
    }),
  }),
});

/** How long a process may not come to answer before it is taken for dead. */
const patience = ({ periodSeconds, failureThreshold }: z.infer<typeof Probe>) => periodSeconds * failureThreshold;

// On a machine with fifty processes for each processor a second is nothing: a probe of one second killed both replicas.
test('the kubelet tells a controller that is dead from one that is slow', async () => {
  const documents = parseAllDocuments(await readFile('deploy/controller.yaml', 'utf8')).map((one): unknown =>
    one.toJS(),
  );
  const [deployment] = documents.flatMap((one) => Deployment.safeParse(one).data ?? []);
  const [controller] = deployment?.spec.template.spec.containers ?? [];
  if (controller === undefined) throw new Error('deploy/controller.yaml has no controller with all its probes');
  const { startupProbe, livenessProbe, readinessProbe } = controller;
  expect(patience(startupProbe)).toBeGreaterThanOrEqual(300);
  expect(patience(livenessProbe)).toBeGreaterThanOrEqual(60);
  expect(livenessProbe.timeoutSeconds).toBeGreaterThanOrEqual(20);
  expect(readinessProbe.timeoutSeconds).toBeGreaterThanOrEqual(5);
});

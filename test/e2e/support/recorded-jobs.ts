import type { TestContext } from 'vitest';
import { label } from '../../../src/api/labels.ts';
import { followKubectl, type KubectlProgram } from '../../support/kubectl.ts';

/** Every Job of enbi's that there ever was for a namespace, also those that are gone again. */
export interface RecordedJobs {
  names(component: 'prepare' | 'build'): string[];
}

const columns = {
  uid: '.metadata.uid',
  component: `.metadata.labels.${escaped(label.component)}`,
  namespace: `.metadata.annotations.${escaped(label.buildNamespace)}`,
  name: '.metadata.name',
};

/** Records from now on until the test ends. */
export function recordJobs(
  how: KubectlProgram,
  namespace: string,
  onTestFinished: TestContext['onTestFinished'],
): RecordedJobs {
  const seen = new Map<string, { component: string; name: string }>();
  const stop = new AbortController();
  const output = Object.entries(columns).map(([title, path]) => `${title}:${path}`);
  const args = [
    'get',
    'jobs',
    '--all-namespaces',
    '--watch',
    '--no-headers',
    `--output=custom-columns=${output.join(',')}`,
  ];
  const following = followKubectl(how, args, stop.signal, (line) => {
    const [uid = '', component = '', of = '', name = ''] = line.trim().split(/\s+/);
    if (of === namespace) seen.set(uid, { component, name });
  });
  onTestFinished(async () => {
    stop.abort();
    await following;
  });
  return {
    names: (component) => [...seen.values()].filter((job) => job.component === component).map(({ name }) => name),
  };
}

function escaped(key: string): string {
  return key.replaceAll('.', String.raw`\.`);
}

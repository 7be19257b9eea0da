import { expect, it } from 'vitest';
import { aNode, someSettings } from '../../../test/support/builders.ts';
import { agentJob } from './agent-job.ts';

it('the Job of an agent is as reviewed', () => {
  expect(agentJob(aNode(), someSettings())).toMatchSnapshot();
});

it('it is another with another enbi, other settings, or a node that came again', () => {
  const names = [
    agentJob(aNode(), someSettings()),
    agentJob(aNode(), someSettings({ image: 'enbi.hrzn.ee/enbi:next' })),
    agentJob(aNode(), someSettings({ importMemoryLimit: '2Gi' })),
    agentJob({ ...aNode(), metadata: { ...aNode().metadata, uid: 'another' } }, someSettings()),
  ].map(({ metadata }) => metadata.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^enbi-agent-[a-z0-9-]{1,50}$/);
});

it('it holds what its imports take, one that is ready, and one that looks after pins', () => {
  const text = JSON.stringify(agentJob(aNode(), someSettings({ importMemoryLimit: '1Gi', maxBuildsPerNode: 4 })));
  expect(text).toContain(`"memory":"${256 * 2 ** 20 + 6 * 2 ** 30}"`);
});

import { describe, expect, it } from 'vitest';
import { aPod } from '../../../test/support/builders.ts';
import { podCanWait } from './can-wait.ts';

describe('a look at a Pod can wait', () => {
  const [container] = aPod().containers;
  const of = (waiting: boolean) => {
    const { waiting: _, ...running } = container ?? { name: 'web', waiting: undefined };
    const pod = { containers: [waiting ? { ...running, waiting: { reason: 'ErrImagePull', message: '' } } : running] };
    return podCanWait('team/web', { get: () => pod as never });
  };
  it('when all its containers have their images', () => {
    expect([of(false), of(true)]).toEqual([true, false]);
  });

  it('not when it is gone: what it leaves may be asked for', () => {
    expect(podCanWait('team/web', { get: () => undefined })).toBe(false);
  });
});

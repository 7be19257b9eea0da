import { expect, it } from 'vitest';
import { errorFor } from '../runtime/api-status.ts';
import { MemoryCluster, runInMemory } from './memory-plugin.ts';

it.each(['explain', 'logs', 'retry', 'cancel', 'doctor'])(
  '%s says when the API server does not know who asks',
  async (command) => {
    const cluster = new MemoryCluster();
    cluster.onCall = () => {
      throw errorFor({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' }, 'GET /apis');
    };
    const { code, out, err } = await runInMemory(command === 'doctor' ? [command] : [command, 'nb/web'], { cluster });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('error: the API server does not know who asks (401)');
  },
);

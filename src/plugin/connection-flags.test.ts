import { describe, expect, it } from 'vitest';
import { resource } from '../cluster-view/resources.ts';
import { MemoryCluster, runInMemory } from './memory-plugin.ts';
import type { ConnectionOptions } from './ports.ts';

async function given(...args: readonly string[]): Promise<ConnectionOptions> {
  let seen: ConnectionOptions = {};
  const connect = (options: ConnectionOptions) => {
    seen = options;
    return Promise.reject(new Error('seen enough'));
  };
  await runInMemory(['retry', 'web', ...args], { connect });
  return seen;
}

describe('flags of the connection', () => {
  it('are taken as kubectl takes them, before the verb and behind it', async () => {
    const args = ['--as=bob', '--as-group', 'a', '--as-group=b c', '-n', 'team', '--insecure-skip-tls-verify'];
    expect(await given(...args)).toMatchObject({
      as: 'bob',
      asGroup: ['a', 'b c'],
      namespace: 'team',
      insecureSkipTlsVerify: true,
    });
  });

  it('stand in advice as a shell takes them, but for secrets', async () => {
    const cluster = new MemoryCluster();
    const spec = { flakeUrl: 'github:a/b', packageName: 'a', system: 'x86_64-linux', imageTag: 'git.example/a:1' };
    cluster.put(resource.builds, { metadata: { name: 'web', namespace: 'team' }, spec, status: { status: 'Failed' } });
    const args = [
      '--context=my cluster',
      "--as=o'neill",
      '--as-group=a',
      '--as-group=b',
      '--token=x',
      '--password=y',
      '--proxy-url=http://me:password@proxy:3128',
    ];
    const { out } = await runInMemory([...args, 'retry', 'web'], { cluster });
    const flags = "--context 'my cluster' --as 'o'\\''neill' --as-group a --as-group b --proxy-url http://proxy:3128/";
    expect(out).toContain(`follow it   kubectl enbi ${flags} logs --follow nixbuild/web\n`);
    expect(out).not.toMatch(/token|password/);
  });
});

import { expect, test } from 'vitest';
import { readHierarchies } from './cgroups.ts';

test('takes every hierarchy of a machine with v1 controllers, the empty v2 one included', () => {
  const mounts = [
    'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
    'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
    'cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
  ].join('\n');
  expect(readHierarchies(mounts)).toEqual({
    version: 1,
    mounts: ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified'],
  });
});

test('takes the one hierarchy of a machine with v2 alone', () => {
  expect(readHierarchies('/dev/vda / ext4 rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n')).toEqual({
    version: 2,
    mounts: ['/sys/fs/cgroup'],
  });
});

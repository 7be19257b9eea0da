import { expect, test } from 'vitest';
import { cgroupProblem } from './kernel.mjs';

const v1 = (...controllers: string[]) =>
  controllers.map((name) => `cgroup /sys/fs/cgroup/${name} cgroup rw,relatime,${name} 0 0`).join('\n');
const v2 = (options = 'rw,nosuid') => `cgroup2 /sys/fs/cgroup cgroup2 ${options} 0 0\n`;
const all = ['cpu', 'cpuacct', 'cpuset', 'memory'];

test.each<[string, string, string, string | undefined]>([
  ['v1 with what the kubelet needs', v1(...all), '', undefined],
  ['v2 with what the kubelet needs', v2(), 'cpuset cpu io memory pids\n', undefined],
  [
    'no cgroups',
    'tmpfs /tmp tmpfs rw 0 0',
    '',
    'no cgroup hierarchy is mounted below /sys/fs/cgroup, and the kubelet needs one',
  ],
  [
    'cgroups as an ordinary container has them',
    v2('ro,nosuid'),
    'cpuset cpu memory pids',
    'cgroups are read-only (/sys/fs/cgroup); in a container, it has to be a privileged one',
  ],
  [
    'v2 without memory',
    v2(),
    'cpuset cpu io pids',
    'the kubelet needs the cgroup controllers memory, which are off: on a Raspberry Pi boot with cgroup_enable=memory',
  ],
  [
    'v1 without memory and cpuset',
    v1('cpu', 'cpuacct'),
    '',
    'the kubelet needs the cgroup controllers cpuset, memory, which are off: on a Raspberry Pi boot with cgroup_enable=memory',
  ],
])('%s', (_, mounts, controllers, problem) => {
  expect(cgroupProblem(mounts, () => controllers)).toBe(problem);
});

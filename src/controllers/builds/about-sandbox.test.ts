import { describe, expect, test } from 'vitest';
import { blamesSandbox } from './about-sandbox.ts';

const job = 'build-hello-1-0-abc';
const creating = (words: string, name = `${job}-x2x4z`) => `Error creating: pods "${name}" is forbidden: ${words}`;
const blames = (words: string, names = [job, 'team']) => blamesSandbox(words, names);

describe('the sandbox is blamed by', () => {
  test.each([
    [
      'Pod Security',
      creating('violates PodSecurity "baseline:latest": unmasked procMount (container "fetch" must not set procMount)'),
    ],
    [
      'a policy of the API server',
      creating(
        "ValidatingAdmissionPolicy 'fence' with binding 'fence' denied request: failed expression: !has(object.spec.hostUsers)",
      ),
    ],
    [
      'a webhook',
      `Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/team/${job}-x2x4z was blocked due to the following policies\n\ndisallow-proc-mount:\n  check-proc-mount: 'validation error: Changing the proc mount is not allowed. The field securityContext.procMount must be Default.`,
    ],
    [
      'runc that cannot map owners',
      'failed to create shim task: OCI runtime create failed: runc create failed: error mounting "/var/lib/kubelet/pods/1/volumes/store" to rootfs at "/nix": failed to set MOUNT_ATTR_IDMAP on /var/lib/enbi: invalid argument',
    ],
    [
      'runc that cannot mount what Nix needs',
      'runc create failed: unable to start container process: error during container init: error mounting "proc" to rootfs at "/proc": operation not permitted',
    ],
    [
      'a runtime without user namespaces',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = runtime handler "runc" does not support user namespaces',
    ],
  ])('%s', (_, words) => {
    expect(blames(words)).toBe(true);
  });
});

describe('the sandbox is not blamed by', () => {
  test.each<[string, string, string[]?]>([
    ['a full quota', creating('exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2')],
    ['one that is called as the sandbox', creating('exceeded quota: seccomp.podsecurity, requested: pods=1')],
    [
      'a quota of limits',
      creating('failed quota: userns: must specify limits.cpu for: build,fetch; limits.memory for: build,fetch'),
    ],
    ['a quota that is not counted yet', creating('status unknown for quota: procmount, resources: pods')],
    [
      'a LimitRange',
      creating('[maximum memory usage per Pod is 128Mi, but limit is 512Mi, minimum cpu usage per Container is 1]'),
    ],
    [
      "a LimitRange's default below the request",
      `Error creating: Pod "${job}-x2x4z" is invalid: spec.initContainers[0].resources.requests: Invalid value: "256Mi": must be less than or equal to memory limit of 64Mi`,
    ],
    ['a policy that does not say what it minds', creating('denied by policy 17')],
    ['the name of the Job', creating('denied by policy 17', 'build-seccomp-userns-x2x4z'), ['build-seccomp-userns']],
    [
      'the beginning of a long one',
      creating('denied by policy 17', `${'seccomp-'.repeat(7)}a1b2c`),
      ['seccomp-'.repeat(7), 'team'],
    ],
    ['a name that is still in use', 'failed to reserve container name "fetch_build-hello_team_1_0": name is reserved'],
    [
      'a container without memory',
      'runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?)',
    ],
    ['a subPath', 'failed to prepare subPath for volumeMount "store" of container "build"'],
    ['a node whose user namespaces are all in use', 'could not find an empty slot to allocate a user namespace'],
    ['nobody', ''],
  ])('%s', (_, words, names = [job, 'team']) => {
    expect(blames(words, names)).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { needsOf } from './needs.mjs';
import { type Folder, type Machine, problemsOf } from './problems.mjs';

const everything = needsOf('test/story/main.ts', []);

function aFolder(change: Partial<Folder> = {}): Folder {
  const room = { disk: '1', free: 9e9, needed: 5e9 };
  const named = {
    path: '/c',
    what: 'the cache',
    remedy: 'name another folder in X',
    isPlain: true,
    refusal: undefined,
  };
  return { ...named, ...room, ...change };
}

function aMachine(change: Partial<Machine> = {}): Machine {
  return {
    platform: 'linux',
    isRoot: true,
    hasApt: true,
    hasMirror: true,
    missing: [],
    building: true,
    go: { version: '1.26.8', isFixed: true },
    goOfModules: '1.26.8',
    folders: [],
    memory: 4e9,
    cgroups: undefined,
    kernel: undefined,
    ...change,
  };
}

const withoutGo = aMachine({ go: undefined });
const go = (version: string, isFixed: boolean) => aMachine({ go: { version, isFixed } });

describe('what stands in the way is said in one sentence', () => {
  test.each<[string, Machine, string]>([
    [
      'not Linux, and nothing else with it',
      aMachine({ platform: 'darwin', isRoot: false, memory: 0 }),
      'this needs Linux, and this is darwin: take a Linux machine or a virtual one',
    ],
    [
      'not root, and nothing else with it',
      aMachine({ isRoot: false, memory: 0 }),
      'this needs root, for namespaces, mounts and cgroups: run it with sudo, or as root',
    ],
    [
      'no Go',
      withoutGo,
      'Go 1.21 or later is not in PATH, and builds Kubernetes, etcd and containerd: https://go.dev/dl has it',
    ],
    ['an old Go', go('1.19.8', false), 'Go 1.19.8 is too old, 1.21 or later is needed: https://go.dev/dl has it'],
    [
      'a Go that may not fetch the newer one',
      go('1.25.3', true),
      'Go 1.25.3 is too old, and GOTOOLCHAIN=local keeps it from fetching 1.26.8: unset GOTOOLCHAIN, or install 1.26.8 (https://go.dev/dl has it)',
    ],
    [
      'no Debian',
      aMachine({ hasApt: false }),
      "enbi's image is unpacked from Debian packages, which takes apt-get: run this on Debian",
    ],
    [
      'no Debian mirror',
      aMachine({ hasMirror: false }),
      'no Debian mirror is among the apt sources: name one in ENBI_DEBIAN_MIRROR',
    ],
    [
      'a path with a space',
      aMachine({ folders: [aFolder({ path: '/a b', isPlain: false })] }),
      'the path of the cache, "/a b", has a space or another special character: name another folder in X',
    ],
    [
      'a folder that cannot be written',
      aMachine({ folders: [aFolder({ refusal: 'its file system is read-only' })] }),
      'the cache, /c, cannot be written, as its file system is read-only: name another folder in X',
    ],
    [
      'a disk on which two folders do not find room together',
      aMachine({
        folders: [aFolder(), aFolder({ path: '/d', what: 'the other', needed: 6e9, remedy: 'name it in Y' })],
      }),
      '11.0 GB are needed on one disk and 9.0 GB are free (6.0 GB for the other, /d; 5.0 GB for the cache, /c): make room, or name it in Y',
    ],
    [
      'too little memory',
      aMachine({ memory: 1.2e9 }),
      '2.0 GB of memory are needed, and 1.2 GB are free: end something else, or add swap',
    ],
    ['cgroups', aMachine({ cgroups: 'cgroups are read-only' }), 'cgroups are read-only'],
    ['the kernel', aMachine({ kernel: 'root may not mount here' }), 'root may not mount here'],
  ])('%s', (_, machine, sentence) => {
    expect(problemsOf(machine, everything)).toEqual([sentence]);
  });

  test('programs that nobody installs', () => {
    const machine = aMachine({ missing: ['iptables', 'gcc'], hasApt: false });
    expect(problemsOf(machine, needsOf('cluster/main.ts', ['up']))).toEqual([
      'these are missing, by their names in Debian, and there is no apt-get to install them: iptables gcc',
    ]);
  });

  test('all of it at once, so that nobody mends one after the other', () => {
    expect(problemsOf(aMachine({ memory: 0, hasMirror: false, kernel: 'no' }), everything)).toHaveLength(3);
  });
});

test.each<[string, Machine]>([
  ['all is there', aMachine()],
  ['Go fetches the newer one', go('1.21.0', false)],
  ['there is no Go, and the components are built', { ...withoutGo, building: false }],
  ['programs are missing that apt-get installs', aMachine({ missing: ['gcc'] })],
  ['each disk has room for its own folder', aMachine({ folders: [aFolder(), aFolder({ disk: '2' })] })],
])('nothing is said when %s', (_, machine) => {
  expect(problemsOf(machine, everything)).toEqual([]);
});

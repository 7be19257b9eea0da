import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkout, type SourceFile, sourceFile, sourceFilesBelow } from './support/source-files.ts';

interface Row {
  /** Folders and files below src/ that may be imported, besides the folder itself. */
  readonly imports: readonly string[];
  /** npm packages and Node's own modules that may be imported. */
  readonly packages: readonly string[] | 'any';
}

/** Node's own modules that read and write nothing: all that code which decides may use. */
const pure = ['node:crypto', 'node:path/posix'];

/**
 * Which folder of src/ may import what. `controllers/*` and `adapters/*`: every folder below is on its own, and none imports
 * its neighbour. ARCHITECTURE.md draws the same arrows.
 */
const table: Readonly<Record<string, Row>> = {
  'errors.ts': { imports: [], packages: [] },
  'printable.ts': { imports: [], packages: ['node:util'] },
  'failure-text.ts': { imports: ['errors.ts'], packages: [] },
  api: { imports: [], packages: ['zod'] },
  'image-name': { imports: ['errors.ts'], packages: [] },
  'flake-reference': { imports: ['errors.ts'], packages: [] },
  runtime: { imports: ['errors.ts'], packages: pure },
  'cluster-view': {
    imports: ['api', 'flake-reference', 'image-name', 'runtime', 'errors.ts', 'printable.ts'],
    packages: [...pure, 'zod'],
  },
  'controllers/*': {
    imports: [
      'api',
      'image-name',
      'flake-reference',
      'cluster-view',
      'mailbox',
      'runtime',
      'errors.ts',
      'printable.ts',
    ],
    packages: pure,
  },
  mailbox: { imports: ['api', 'cluster-view', 'runtime', 'errors.ts'], packages: [] },
  agent: { imports: ['api', 'mailbox', 'runtime', 'errors.ts', 'printable.ts'], packages: 'any' },
  uninstall: { imports: ['api', 'cluster-view', 'runtime', 'errors.ts', 'printable.ts'], packages: pure },
  builder: { imports: ['api', 'image-name', 'flake-reference', 'errors.ts', 'printable.ts'], packages: 'any' },
  importer: { imports: ['api', 'image-name', 'flake-reference', 'errors.ts', 'printable.ts'], packages: 'any' },
  'adapters/*': {
    imports: [
      'builder/ports.ts',
      'importer/ports.ts',
      'mailbox/order-source.ts',
      // The port of the API server: itself, the failures it speaks of, and what of an object it names.
      'runtime/kube-client.ts',
      'runtime/api-status.ts',
      'runtime/identity.ts',
      // What the machinery tells of itself.
      'runtime/controller-observer.ts',
      'runtime/event-observer.ts',
      'runtime/queue-observer.ts',
      'runtime/reflector-observer.ts',
      'api',
      'errors.ts',
    ],
    packages: 'any',
  },
  plugin: {
    imports: [
      'controllers',
      'cluster-view',
      'flake-reference',
      'image-name',
      'mailbox',
      'runtime',
      'api',
      'errors.ts',
      'failure-text.ts',
      'printable.ts',
    ],
    packages: [...pure, 'node:util', 'commander', 'yaml', 'zod'],
  },
  main: {
    imports: [
      'adapters',
      'agent',
      'plugin',
      'controllers',
      'builder',
      'importer',
      'uninstall',
      'mailbox',
      'cluster-view',
      'flake-reference',
      'image-name',
      'mailbox',
      'runtime',
      'api',
      'errors.ts',
      'failure-text.ts',
      'printable.ts',
    ],
    packages: 'any',
  },
};

/** What the folders beside src/ may import of it and of each other; src/ imports none of them. */
const beside: Readonly<Record<string, readonly string[]>> = {
  image: ['src/errors.ts', 'src/api', 'tools/run-program.ts'],
  cluster: ['src/errors.ts', 'src/api', 'image', 'tools/run-program.ts'],
  tools: [
    'image',
    'cluster/preflight',
    'src/errors.ts',
    'src/failure-text.ts',
    'src/plugin/complete/words.ts',
    'src/plugin/exit-codes.ts',
    'src/plugin/help-pages.ts',
    'src/main/embedded.ts',
    'src/api',
    'src/main/setting.ts',
    'src/main/settings-table.ts',
    // What it makes a page of.
    'test/adversarial',
  ],
};

/** `file → import`, each with why it may stay although the table says no. */
const exceptions: ReadonlyMap<string, string> = new Map([]);

const files = sourceFilesBelow('src');
const shipped = files.filter(({ path }) => !isTestOnly(path));

describe('imports in src/', () => {
  test('follow the table', () => {
    expect(files.flatMap(wrongArrows)).toEqual([]);
  });

  test('of packages follow the table', () => {
    expect(shipped.flatMap(wrongPackages)).toEqual([]);
  });

  test('form no cycle, type imports counted', () => {
    expect(cyclesIn(files)).toEqual([]);
  });

  test('of what ships reach no test, no fake and no conformance suite', () => {
    const wrong = shipped.flatMap(({ path, imports }) =>
      imports.filter((target) => target.startsWith('src/') && isTestOnly(target)).map((target) => arrow(path, target)),
    );
    expect(wrong).toEqual([]);
  });

  test('have no exception that nothing needs', () => {
    const used = new Set(files.flatMap(({ path, imports }) => imports.map((target) => arrow(path, target))));
    expect([...exceptions.keys()].filter((exception) => !used.has(exception))).toEqual([]);
  });
});

describe('imports beside src/', () => {
  test('follow the list', () => {
    const wrong = sourceFilesBelow(...Object.keys(beside)).flatMap(({ path, imports }) => {
      const [folder = ''] = path.split('/');
      const allowed = [folder, ...(beside[folder] ?? []), ...(isTest(path) ? ['test'] : [])];
      return imports
        .filter((target) => target.includes('/') && !isPackage(target))
        .filter((target) => !allowed.some((place) => isWithin(target, place)))
        .map((target) => arrow(path, target));
    });
    expect(wrong).toEqual([]);
  });
});

describe('programs of npm scripts', () => {
  // Its terminal says what failed, and what to do.
  const byItself = ['test/story/main.ts'];
  const programs = [
    ...readFileSync(join(checkout, 'package.json'), 'utf8').matchAll(/tools\/bootstrap\.mjs (\S+\.ts)/g),
  ];

  test.each(programs.map(([, path = '']) => path).filter((path) => !byItself.includes(path)))(
    '%s says in a sentence what fails',
    (path) => {
      const { code } = sourceFile(path, readFileSync(join(checkout, path), 'utf8'));
      expect(code).toMatch(/^(?:if \(import\.meta\.main\) )?await runProgram\(/m);
    },
  );
});

describe('files in src/', () => {
  test('lie in a folder of the table', () => {
    const lost = files.filter(({ path }) => rowOf(path) === undefined).map(({ path }) => path);
    expect(lost).toEqual([]);
  });

  test('outside main/ leave `process` alone: settings and the exit code come and go through main/', () => {
    const wrong = shipped
      .filter(({ path }) => !path.startsWith('src/main/'))
      .filter(({ code, imports }) => /(?<![\w$.])process\s*[.[]/.test(code) || imports.includes('node:process'))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  test('write to their output in few places: a line of a Job that a tenant may have written begins with a prefix of ours', () => {
    const writes = shipped.filter(({ code }) => /\bprocess\.std(?:out|err)\.write\(|\bconsole\./.test(code));
    expect(writes.map(({ path }) => path)).toEqual([
      // To its agent, as JSON.
      'src/main/agent-child.ts',
      'src/main/kubectl-enbi.ts',
      // Through `asEntry` as well: what not even a Job's own command has caught.
      'src/main/main.ts',
      // All that Jobs print.
      'src/main/print-entry.ts',
      'src/main/uninstall.ts',
    ]);
  });

  test('are named in kebab-case, after what they hold', () => {
    const wrong = files.map(({ path }) => path).filter((path) => !isGenerated(path) && !isWellNamed(path));
    expect(wrong).toEqual([]);
  });

  test('have at most 300 lines', () => {
    const long = files.filter(({ path, lines }) => lines > 300 && !isGenerated(path) && !isTest(path));
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });
});

describe('whose an object is', () => {
  // A uid is no secret and an owner reference is text: what a tenant writes in its own namespace must not reach another's.
  const readers = ['src/cluster-view/belonging.ts', 'src/cluster-view/project-meta.ts', 'src/runtime/'];

  test('is worked out in one place, where namespace, name and uid are compared', () => {
    const wrong = shipped.filter(({ path, code }) => !readers.some((at) => path.startsWith(at)) && readsOwners(code));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('is never looked up by a uid alone', () => {
    expect(shipped.filter(({ code }) => looksUpByUid(code)).map(({ path }) => path)).toEqual([]);
  });

  test.each([
    ['pod.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid)', true],
    ['const { ownerReferences } = pod.metadata;', true],
    ['metadata: { name, ownerReferences: [owner] }', false],
  ])('%s', (code, wrong) => {
    expect(readsOwners(code)).toBe(wrong);
  });

  test.each([
    ["jobPods.by('job', job.metadata.uid)", true],
    ["jobPods.by('job', jobKey(job))", false],
  ])('%s', (code, wrong) => {
    expect(looksUpByUid(code)).toBe(wrong);
  });
});

// The rules themselves, tried on files that are not there.
describe('the rules notice', () => {
  test.each([
    ['a controller that imports another', 'controllers/pods/x.ts', '../builds/names.ts'],
    ['a decision that imports an adapter', 'controllers/pods/x.ts', '../../adapters/kubernetes/client.ts'],
    ['an adapter that imports another', 'adapters/nix/x.ts', '../containerd/connection.ts'],
    ['an adapter that imports past a port', 'adapters/nix/x.ts', '../../builder/build.ts'],
    ['an importer that imports the machinery', 'importer/x.ts', '../runtime/queue.ts'],
    ['an api that imports anything', 'api/x.ts', '../errors.ts'],
    ['a source that imports from beside src/', 'main/x.ts', '../../cluster/cluster.ts'],
    ['a dynamic import that cannot be followed', 'main/x.ts', '?'],
  ])('%s', (_, path, specifier) => {
    const text = specifier === '?' ? 'await import(name);' : `import type { A } from '${specifier}';`;
    expect(wrongArrows(sourceFile(`src/${path}`, text))).toHaveLength(1);
  });

  test.each([
    ["import { a } from './a.ts';"],
    ["import type { A } from './a.ts';"],
    ["import {\n  type A,\n  b,\n} from './a.ts';"],
    ["import './a.ts';"],
    ["export * from './a.ts';"],
    ["export { a } from './a.ts';"],
    ["export type { A } from './a.ts';"],
    ["  const { a } = await import('./a.ts');"],
    ["type A = import('./a.ts').A;"],
  ])('%j', (text) => {
    expect(sourceFile('src/api/x.ts', text).imports).toEqual(['src/api/a.ts']);
  });

  test('no import in a comment, nor a word of a string', () => {
    expect(
      sourceFile('src/api/x.ts', "// import './a.ts';\n/*\nimport './a.ts';\n*/\nf('process.env');"),
    ).toMatchObject({
      imports: [],
      code: expect.not.stringContaining('process'),
    });
  });

  test('a cycle of types, once', () => {
    const a = sourceFile('src/api/a.ts', "import type { B } from './b.ts';");
    const b = sourceFile('src/api/b.ts', "import type { C } from './c.ts';");
    const c = sourceFile('src/api/c.ts', "import { a } from './a.ts';");
    expect(cyclesIn([a, b, c])).toEqual(['src/api/a.ts → src/api/b.ts → src/api/c.ts → src/api/a.ts']);
  });

  test.each([['utils.ts'], ['build-helpers.ts'], ['writeBlob.ts'], ['write_blob.ts'], ['types.ts'], ['index.ts']])(
    'the name %s',
    (name) => {
      expect(isWellNamed(`src/api/${name}`)).toBe(false);
    },
  );
});

function wrongArrows({ path, imports }: SourceFile): readonly string[] {
  return imports
    .filter((target) => target === '?' || !isPackage(target))
    .filter((target) => !mayImport(path, target) && !exceptions.has(arrow(path, target)))
    .map((target) => arrow(path, target));
}

function mayImport(path: string, target: string): boolean {
  const allowed = [...(rowOf(path)?.imports ?? []).map((place) => `src/${place}`), ...forTests(path)];
  return [unitOf(path), ...allowed].some((place) => isWithin(target, place));
}

/** An integration test joins real parts to a port's conformance suite, and starts an API server or a node for it. */
const realParts = ['src/adapters', 'src/builder', 'src/importer', 'src/mailbox', 'src/runtime', 'cluster', 'image'];

function forTests(path: string): readonly string[] {
  if (!isTest(path)) return [];
  return path.endsWith('.integration.test.ts') ? ['test/support', ...realParts] : ['test/support'];
}

function wrongPackages({ path, imports }: SourceFile): readonly string[] {
  const allowed = rowOf(path)?.packages ?? [];
  if (allowed === 'any') return [];
  return imports
    .filter((target) => isPackage(target) && !allowed.includes(target))
    .map((target) => arrow(path, target));
}

/** The folder that stands for itself: `src/api`, but `src/controllers/pods`. */
function unitOf(path: string): string {
  const [, top = '', below = ''] = tested(path).split('/');
  return `${top}/*` in table ? `src/${top}/${below}` : `src/${top}`;
}

function rowOf(path: string): Row | undefined {
  const [, top = '', below = '', file] = tested(path).split('/');
  return table[top] ?? (below !== '' && file !== undefined ? table[`${top}/*`] : undefined);
}

/** A test may import what it tests, also where that is a file by itself. */
function tested(path: string): string {
  return path.replace(/\.test\.ts$/, '.ts');
}

function isWithin(target: string, place: string): boolean {
  return target === place || target.startsWith(`${place}/`);
}

function isPackage(target: string): boolean {
  return target.startsWith('node:') || target.startsWith('@') || !target.includes('/');
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

function isTestOnly(path: string): boolean {
  return isTest(path) || /\.conformance\.ts$|\/(?:fake|memory)-[^/]+(?:\.ts$|\/)/.test(path);
}

function isGenerated(path: string): boolean {
  return path.includes('/gen/');
}

const bannedWords = /^index$|(?:^|-)(?:utils?|helpers?|common|misc|managers?|types)(?:-|$)/;

function isWellNamed(path: string): boolean {
  const name = basename(path).replace(/(?:\.integration|\.long)?\.test\.ts$|\.conformance\.ts$|\.ts$/, '');
  const folders = dirname(path).split('/');
  return [...folders, name].every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part) && !bannedWords.test(part));
}

function arrow(path: string, target: string): string {
  return `${path} → ${target}`;
}

/** The shortest way around from each file that imports itself in the end; a file on a way already given begins none. */
function cyclesIn(sources: readonly SourceFile[]): readonly string[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
  const reported = new Set<string>();
  return sources.flatMap(({ path }) => {
    if (reported.has(path)) return [];
    const way = wayBack(path, importsOf);
    if (way === undefined) return [];
    for (const file of way) reported.add(file);
    return [[...way, path].join(' → ')];
  });
}

/** The shortest way from a file to itself: breadth first. */
function wayBack(start: string, importsOf: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const queue: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of queue) {
    for (const next of importsOf.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return way;
      if (seen.has(next) || !importsOf.has(next)) continue;
      seen.add(next);
      queue.push([...way, next]);
    }
  }
  return undefined;
}

/** Anything but writing them into a manifest, or naming the type. */
function readsOwners(code: string): boolean {
  return /\bownerReferences\b(?!\s*:)/.test(code);
}

function looksUpByUid(code: string): boolean {
  return /\.by\([^)]*\buid\)/i.test(code);
}

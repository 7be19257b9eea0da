import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeStores } from '../../builder/remove.ts';
import { createRemoval } from './removal.ts';

let node: string;
let stores: string;
let memories: string;

beforeEach(() => {
  node = mkdtempSync(join(tmpdir(), 'enbi-removal-'));
  stores = join(node, 'lib/enbi/stores');
  memories = join(node, 'lib/enbi/imports');
  for (const tenant of ['team-a', 'team-b']) {
    mkdirSync(join(stores, tenant, 'nix/store/x'), { recursive: true });
    writeFileSync(join(stores, tenant, 'nix/store/x/file'), tenant, { mode: 0o444 });
    chmodSync(join(stores, tenant, 'nix/store/x'), 0o555);
  }
});
afterEach(() => rmSync(node, { recursive: true }));

const removal = () => createRemoval(stores, memories, [join(node, 'lib/enbi')]);
const removeTeamA = () => removeStores({ tenant: 'team-a' }, removal());

describe("one tenant's store is removed", () => {
  test('and no other', async () => {
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 1 });
    expect(readdirSync(stores)).toEqual(['team-b']);
    expect(existsSync(join(stores, 'team-b/nix/store/x/file'))).toBe(true);
  });

  test('with what imports from it have learnt', async () => {
    for (const memory of ['team-a.import', 'team-b.import']) {
      mkdirSync(join(stores, memory));
      writeFileSync(join(stores, memory, 'layer-x.json'), '{}');
    }
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 2 });
    expect(readdirSync(stores).toSorted()).toEqual(['team-b', 'team-b.import']);
  });

  test('with what imports of agents have learnt from it', async () => {
    for (const memory of ['team-a', 'team-b', '.removed-team-a.0']) {
      mkdirSync(join(memories, memory), { recursive: true });
      writeFileSync(join(memories, memory, 'layer-x.json'), '{}');
    }
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 3 });
    expect(readdirSync(memories)).toEqual(['team-b']);
    await removeStores({ everything: true }, removal());
    expect(existsSync(memories)).toBe(false);
  });

  test('with names that are no text', async () => {
    const named = (bytes: string) =>
      Buffer.concat([Buffer.from(`${join(stores, 'team-a')}/`), Buffer.from(bytes, 'latin1')]);
    writeFileSync(named('\xff'), '');
    mkdirSync(named('\xfe'));
    writeFileSync(named('\xfe/\xff\xfe'), '');
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 3 });
    expect(readdirSync(stores)).toEqual(['team-b']);
  });

  test('and none of another scope of the namespace, nor the other way round', async () => {
    const scopes = ['0123456789abcdef'.repeat(2), '1'.repeat(32)].map((scope) => ({ tenant: 'team-a', scope }));
    for (const { tenant, scope } of scopes) {
      mkdirSync(join(stores, `${tenant}.${scope}/nix`), { recursive: true });
      mkdirSync(join(stores, `${tenant}.${scope}.import`));
      mkdirSync(join(stores, `.removed-${tenant}.${scope}.0/left`), { recursive: true });
    }
    const left = () => readdirSync(stores).filter((name) => name.includes('team-a'));
    await removeTeamA();
    expect(left()).toHaveLength(6);
    await removeStores(scopes[1] ?? { everything: true }, removal());
    const [kept] = scopes.map(({ tenant, scope }) => `${tenant}.${scope}`);
    expect(left().toSorted()).toEqual([`.removed-${kept}.0`, kept, `${kept}.import`]);
  });

  test('that is not there', async () => {
    await removeTeamA();
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 0 });
  });

  test('where there is no store at all', async () => {
    rmSync(stores, { recursive: true });
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 0 });
  });

  test('with links out of it, which are not followed', async () => {
    const outside = join(node, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept'), '');
    symlinkSync(outside, join(stores, 'team-a/nix/link'));
    symlinkSync('/etc/passwd', join(stores, 'team-a/nix/file-link'));
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 3 });
    expect(readdirSync(outside)).toEqual(['kept']);
  });

  test('that is a link itself', async () => {
    const outside = join(node, 'outside');
    mkdirSync(join(outside, 'kept'), { recursive: true });
    rmSync(join(stores, 'team-a'), { recursive: true });
    symlinkSync(outside, join(stores, 'team-a'));
    await removeTeamA();
    expect([readdirSync(outside), readdirSync(stores)]).toEqual([['kept'], ['team-b']]);
  });

  test('deeper than any path may be long', async () => {
    const script = `
      process.chdir(process.argv[1]);
      for (let level = 0; level < 3000; level++) { fs.mkdirSync('d'); process.chdir('d'); }
      fs.writeFileSync('bottom', '');
    `;
    execFileSync(process.execPath, ['-e', script, join(stores, 'team-a')]);
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 2 });
    expect(readdirSync(stores)).toEqual(['team-b']);
  });

  test('with names like those the removal itself gives', async () => {
    mkdirSync(join(stores, 'team-a/.removed-team-a.0/.removed-team-a.1'), { recursive: true });
    mkdirSync(join(stores, 'team-a/.removed-team-b.0'));
    await removeTeamA();
    expect(readdirSync(stores)).toEqual(['team-b']);
  });

  test('with many files, none of which is passed over', async () => {
    for (let file = 0; file < 3000; file++) writeFileSync(join(stores, `team-a/nix/store/${file}`), '');
    expect(await removeTeamA()).toEqual({ ok: true, filesRemoved: 3001 });
  });

  test('after a removal that was interrupted', async () => {
    mkdirSync(join(stores, '.removed-team-a.0/left'), { recursive: true });
    mkdirSync(join(stores, '.removed-team-b.0'));
    await removeTeamA();
    expect(readdirSync(stores).toSorted()).toEqual(['.removed-team-b.0', 'team-b']);
  });
});

describe('everything is removed', () => {
  const removeAll = () => removeStores({ everything: true }, removal());

  test('with what holds it, and nothing above', async () => {
    mkdirSync(join(stores, '.removed-team-c.4/left'), { recursive: true });
    expect(await removeAll()).toEqual({ ok: true, filesRemoved: 2 });
    expect(readdirSync(join(node, 'lib'))).toEqual([]);
  });

  test('but what an administrator put beside it', async () => {
    writeFileSync(join(node, 'lib/enbi/note'), '');
    await removeAll();
    expect(readdirSync(join(node, 'lib/enbi'))).toEqual(['note']);
  });
});

import { describe, expect, it } from 'vitest';
import { mergeConditions } from './conditions.ts';
import { customResourceDefinitions } from './crd.ts';
import { StorePath } from './result.ts';

type Node = Readonly<Record<string, unknown>>;

function schemasIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  const children = Object.values(value).flatMap(schemasIn);
  return 'type' in value && typeof (value as Node).type === 'string' ? [value, ...children] : children;
}

describe('definitions', () => {
  it('are structural: nothing of JSON Schema that the API server refuses', () => {
    const text = JSON.stringify(customResourceDefinitions);
    for (const keyword of ['$schema', 'additionalProperties', 'exclusiveMinimum', 'anyOf', 'const']) {
      expect(text).not.toContain(`"${keyword}"`);
    }
    expect(schemasIn(customResourceDefinitions).length).toBeGreaterThan(40);
  });

  it('hold the first enbi’s fields, with the spec immutable', () => {
    const [build] = customResourceDefinitions as [Node, Node];
    expect(build).toMatchObject({
      metadata: { name: 'nixbuilds.enbi.hrzn.ee' },
      spec: { scope: 'Namespaced', names: { kind: 'NixBuild', shortNames: ['nb'] } },
    });
    const text = JSON.stringify(build);
    for (const field of ['flakeUrl', 'packageName', 'system', 'imageTag']) expect(text).toContain(`"${field}"`);
    expect(text).toContain('self == oldSelf');
  });
});

describe('conditions', () => {
  const verdict = { type: 'Ready', status: 'False', reason: 'BuildRunning', message: 'x' } as const;

  it('keep the time of the transition while the status stays', () => {
    const first = mergeConditions([], [verdict], 1, '2026-01-01T00:00:00Z');
    const second = mergeConditions(first, [{ ...verdict, message: 'y' }], 1, '2026-01-02T00:00:00Z');
    expect(second[0]).toMatchObject({ message: 'y', lastTransitionTime: '2026-01-01T00:00:00Z' });
  });

  it('drop those that no longer apply', () => {
    const first = mergeConditions([], [verdict, { ...verdict, type: 'Stalled', status: 'True' }], 1, 'x');
    expect(mergeConditions(first, [verdict], 1, 'y')).toHaveLength(1);
  });
});

it.each([
  '/nix/store/../etc/passwd',
  '/etc/passwd',
  `/nix/store/${'a'.repeat(32)}-x/../y`,
  `/nix/store/${'e'.repeat(32)}-x`,
  `/nix/store/${'a'.repeat(32)}-.x`,
])('refuses %s as a store path', (path) => expect(StorePath.safeParse(path).success).toBe(false));

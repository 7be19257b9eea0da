import { describe, expect, it } from 'vitest';
import { isAsAsked } from './as-asked.ts';
import { isSameQuantity } from './quantity.ts';

describe('a live object is as asked', () => {
  it.each<[string, unknown, unknown]>([
    ['it is the same', { a: [1, 'x', true] }, { a: [1, 'x', true] }],
    ['the server added a default', { a: 1, dnsPolicy: 'ClusterFirst' }, { a: 1 }],
    ['the server left out what is empty', {}, { tolerations: [], readOnly: false, path: '', count: 0 }],
    ['a quantity is written the server’s way', { cpu: '500m', memory: '1Gi' }, { cpu: '0.5', memory: '1024Mi' }],
    ['nothing was said of a field', { suspend: true }, { suspend: undefined }],
  ])('when %s', (_, live, asked) => {
    expect(isAsAsked(live, asked)).toBe(true);
  });
});

describe('a live object is not as asked', () => {
  it.each<[string, unknown, unknown]>([
    ['a value differs', { image: 'attacker/x:1' }, { image: 'enbi:1' }],
    ['a field is missing', {}, { activeDeadlineSeconds: 60 }],
    ['a list has one more', { volumes: [{ name: 'a' }, { name: 'b' }] }, { volumes: [{ name: 'a' }] }],
    ['a list has one less', { args: [] }, { args: ['fetch'] }],
    ['an order differs', { args: ['b', 'a'] }, { args: ['a', 'b'] }],
    ['what is empty there is something else', { emptyDir: undefined, hostPath: { path: '/' } }, { emptyDir: {} }],
    ['a list stands where an object was', { spec: [] }, { spec: {} }],
    ['something stands where nothing was', { tolerations: [{ operator: 'Exists' }] }, { tolerations: [] }],
    ['a number is a text', { n: '1x' }, { n: 1 }],
  ])('when %s', (_, live, asked) => {
    expect(isAsAsked(live, asked)).toBe(false);
  });
});

it.each([
  ['1', '1000m', true],
  ['1Ki', '1024', true],
  ['1e3', '1k', false],
  ['1Gi', '1G', false],
  ['1constructor', '1', false],
  ['9'.repeat(100_000), '9'.repeat(100_001), false],
])('%.20s and %.20s are one amount: %s', (one, other, same) => {
  expect(isSameQuantity(one, other)).toBe(same);
});

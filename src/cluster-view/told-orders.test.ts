import { describe, expect, it } from 'vitest';
import { label, ordersAnnotation } from '../api/labels.ts';
import { orderListLimits } from '../api/order-list.ts';
import { builderList } from './builder-list.ts';
import { digestOf, toldOrders } from './told-orders.ts';

function aPodWith(text: unknown, labels: object = { [label.agentOf]: 'uid' }): Record<string, unknown> {
  return { metadata: { labels, annotations: { [ordersAnnotation]: text } } };
}

it('keeps which list an agent has, with what it is asked, and of what', () => {
  const text = '{"version":"1","ask":"me-1","orders":[{"id":"a","pin":{}},{"id":"b"}]}';
  expect(toldOrders(aPodWith(text))).toEqual({ orders: { digest: digestOf(text), ask: 'me-1', ids: ['a', 'b'] } });
});

it.each<[string, unknown]>([
  ['half a list', '{"ask":"me'],
  ['an ask that is none', '{"ask":{"toString":1}}'],
  ['one that is too long', `{"ask":"${'x'.repeat(65)}"}`],
  ['a list that is too long', `{"ask":"me","x":"${'x'.repeat(orderListLimits.bytes)}"}`],
  ['no text', 1],
])('of %s knows no ask', (_, text) => {
  expect(toldOrders(aPodWith(text)).orders).toMatchObject({ ask: '', ids: [] });
});

it.each<[string, unknown]>([
  ['none', undefined],
  ['orders that are none', {}],
  ['an id that is none', [{ id: 1 }]],
  ['more than a list has', Array.from({ length: orderListLimits.orders + 1 }, () => ({ id: 'a' }))],
])('knows of no order where there are %s', (_, orders) => {
  expect(toldOrders(aPodWith(JSON.stringify({ ask: 'me', orders }))).orders).toMatchObject({ ask: 'me', ids: [] });
});

it('reads nothing of a Pod that is no agent', () => {
  expect(toldOrders(aPodWith('{"ask":"me-1"}', {}))).toEqual({});
});

describe('of a builder', () => {
  const labels = { [label.builder]: 'kind' };
  const digestIn = (list: string) => toldOrders(aPodWith(list, labels)).orders?.digest;
  const a = { id: 'a', build: { flakeUrl: 'github:a/b' } } as never;

  it('it counts which orders are listed, not what they became since', () => {
    const later = { id: 'a', build: { flakeUrl: 'github:a/b/0123' } } as never;
    expect(digestIn(builderList(later, '1'))).toBe(digestIn(builderList(a, '1')));
  });

  it.each<[string, string]>([
    ['no order', builderList(undefined, '1')],
    ['another order', builderList({ id: 'b' }, '1')],
    ['the order with which it ends', builderList({ id: 'a', once: true }, '1')],
    ['its end', builderList('ends', '1')],
    ['an order of another enbi', builderList(a, '2')],
    ['what is no list', '{"version":"1"'],
    ['a list that is too long', `${builderList(a, '1')}${' '.repeat(orderListLimits.bytes)}`],
  ])('%s is another', (_, list) => {
    expect(digestIn(list)).not.toBe(digestIn(builderList(a, '1')));
  });
});

import { expect, it } from 'vitest';
import { label, ordersAnnotation } from '../api/labels.ts';
import { orderListLimits } from '../api/order-list.ts';
import { digestOf, toldOrders } from './told-orders.ts';

function aPodWith(text: unknown, labels: object = { [label.agentOf]: 'uid' }): Record<string, unknown> {
  return { metadata: { labels, annotations: { [ordersAnnotation]: text } } };
}

it('keeps which list an agent has, and with what it is asked', () => {
  const text = '{"version":"1","ask":"me-1"}';
  expect(toldOrders(aPodWith(text))).toEqual({ orders: { digest: digestOf(text), ask: 'me-1' } });
});

it.each<[string, unknown]>([
  ['half a list', '{"ask":"me'],
  ['an ask that is none', '{"ask":{"toString":1}}'],
  ['one that is too long', `{"ask":"${'x'.repeat(65)}"}`],
  ['a list that is too long', `{"ask":"me","x":"${'x'.repeat(orderListLimits.bytes)}"}`],
  ['no text', 1],
])('of %s knows no ask', (_, text) => {
  expect(toldOrders(aPodWith(text)).orders?.ask).toBe('');
});

it('reads nothing of a Pod that is no agent', () => {
  expect(toldOrders(aPodWith('{"ask":"me-1"}', {}))).toEqual({});
});

import { FakeOrderSource } from './fake-order-source.ts';
import { describeOrderSource } from './order-source.conformance.ts';

describeOrderSource('orders that a test gives', () => {
  const source = new FakeOrderSource();
  return { source, write: (text) => source.write(text) };
});

import { describe, expect, it } from 'vitest';
import { WriteLedger } from './write-ledger.ts';

const seen = (resourceVersion: string) => ({ key: 'team/one', uid: 'one', resourceVersion });

describe('what is remembered of own writes', () => {
  it('ends with a list as new as the write, whether it has the object or not', () => {
    for (const listed of [new Set<string>(), new Set(['one'])]) {
      const ledger = new WriteLedger();
      ledger.note(seen('11'));
      ledger.forgetListed(listed, '10');
      expect(ledger.isAhead('one', '10')).toBe(true);
      ledger.forgetListed(listed, '11');
      expect(ledger.isAhead('one', '10')).toBe(false);
    }
  });

  it('keeps a tombstone while lists have the object, and not a moment longer', () => {
    const ledger = new WriteLedger();
    ledger.noteGone(seen('5'));
    ledger.forgetListed(new Set(['one']), '20');
    expect(ledger.knowsNewer(seen('30'))).toBe(true);
    ledger.forgetListed(new Set(), '21');
    expect(ledger.knowsNewer(seen('30'))).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { EventMemory } from './event-memory.ts';

const at = (ms: number) => new Date(ms);
const said = (text: string, subject = 'pod') => ({ subject, text });

describe('the memory of events', () => {
  it('forgets after its time', () => {
    const memory = new EventMemory({ capacity: 9, lifetimeMs: 100 });
    memory.note(said('a'), at(0));
    const known = [memory.knows(said('a'), at(99)), memory.knows(said('a'), at(100)), memory.knows(said('b'), at(0))];
    expect(known).toEqual([true, false, false]);
    expect([memory.count('pod', at(99)), memory.count('pod', at(100)), memory.count('other', at(0))]).toEqual([
      1, 0, 0,
    ]);
  });

  it('holds no more than it may, and drops the oldest of whom nothing was said for longest', () => {
    const memory = new EventMemory({ capacity: 3, lifetimeMs: 100 });
    for (const [text, subject] of [
      ['a', 'one'],
      ['b', 'one'],
      ['a', 'two'],
      ['b', 'two'],
      ['c', 'two'],
    ] as const) {
      memory.note(said(text, subject), at(0));
    }
    expect(['a', 'b'].map((text) => memory.knows(said(text, 'one'), at(1)))).toEqual([false, false]);
    expect(memory.count('two', at(1))).toBe(3);
  });

  it('holds no more of one subject either', () => {
    const memory = new EventMemory({ capacity: 2, lifetimeMs: 100 });
    for (const text of ['a', 'b', 'c']) memory.note(said(text), at(0));
    expect(['a', 'b', 'c'].map((text) => memory.knows(said(text), at(1)))).toEqual([false, true, true]);
  });
});

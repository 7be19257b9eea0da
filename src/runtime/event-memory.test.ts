import { describe, expect, it } from 'vitest';
import { EventMemory } from './event-memory.ts';

const at = (ms: number) => new Date(ms);

describe('the memory of events', () => {
  it('forgets after its time', () => {
    const memory = new EventMemory({ capacity: 9, lifetimeMs: 100 });
    memory.note('a', at(0));
    expect([memory.knows('a', at(99)), memory.knows('a', at(100)), memory.knows('b', at(0))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('holds no more than it may, and drops what was said longest ago', () => {
    const memory = new EventMemory({ capacity: 2, lifetimeMs: 100 });
    for (const name of ['a', 'b', 'a', 'c']) memory.note(name, at(0));
    expect(['a', 'b', 'c'].map((name) => memory.knows(name, at(1)))).toEqual([true, false, true]);
  });
});

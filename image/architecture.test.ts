import { describe, expect, it } from 'vitest';
import { UserError } from '../src/errors.ts';
import { parseArchitectures } from './architecture.ts';

describe('parseArchitectures', () => {
  it('reads one or several names in the order given', () => {
    expect(parseArchitectures('arm64')).toEqual(['arm64']);
    expect(parseArchitectures('amd64, arm64')).toEqual(['amd64', 'arm64']);
  });

  it.each(['', 'x86_64', 'amd64,'])('refuses %j', (list) => {
    expect(() => parseArchitectures(list)).toThrow(UserError);
  });
});

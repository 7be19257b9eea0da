import { describe, expect, it } from 'vitest';
import { enterRootfs } from './enter.ts';

describe('enterRootfs', () => {
  it('drops every capability for a user', () => {
    expect(enterRootfs({ rootfs: '/rootfs' }, ['nix', '--version']).slice(-8)).toEqual([
      '1000',
      '--regid',
      '1000',
      '--clear-groups',
      '--bounding-set=-all',
      '--no-new-privs',
      'nix',
      '--version',
    ]);
  });

  it('leaves root as it is', () => {
    expect(enterRootfs({ rootfs: '/rootfs', uid: 0 }, ['id'])).not.toContain('/usr/bin/setpriv');
  });

  it('hands paths over as arguments, never as part of the script', () => {
    const command = enterRootfs({ rootfs: '/root; fs', binds: { '/nix': '/a $(b)' } }, ['id']);
    expect(command).toContain('/root; fs');
    expect(command.slice(command.indexOf('1') + 1)).toEqual(expect.arrayContaining(['/a $(b)', '/nix']));
  });
});

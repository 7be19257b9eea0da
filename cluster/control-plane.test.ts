import { expect, test } from 'vitest';
import { addressesOf } from './addresses.ts';
import { apiServerCommand, controllerManagerCommand, schedulerCommand } from './control-plane.ts';
import { usual } from './flavour.ts';
import { folderOf } from './state.ts';

const plane = { folder: folderOf('test'), bin: '/bin', flavour: usual, addresses: addressesOf(7) };

test('the API server authorizes as a real one does, and announces itself where Pods can reach it', () => {
  const command = apiServerCommand(plane, true);
  expect(command).toContain('--authorization-mode=Node,RBAC');
  expect(command).toContain('--enable-admission-plugins=NodeRestriction');
  expect(command).toContain('--advertise-address=10.213.7.1');
  expect(command.filter((flag) => flag.startsWith('--disable-admission-plugins'))).toEqual([]);
});

test('without controllers, Pods need no service account', () => {
  expect(apiServerCommand(plane, false)).toContain('--disable-admission-plugins=ServiceAccount');
});

test('no process of the control plane writes outside the state directory', () => {
  const commands = [apiServerCommand(plane, true), controllerManagerCommand(plane), schedulerCommand(plane)];
  const paths = commands.flatMap((command) => command.slice(1).map((flag) => flag.split('=')[1] ?? ''));
  expect(paths.filter((path) => path.startsWith('/') && !path.startsWith(`${plane.folder.root}/`))).toEqual([]);
  for (const command of commands.slice(1)) expect(command.some((flag) => flag.startsWith('--cert-dir='))).toBe(true);
});

import type { ApiServer } from '../api-server.ts';
import { type CommandResult } from '../command.ts';
import type { ControlPlane } from '../control-plane.ts';

export async function startNode(_plane: ControlPlane, _name: string): Promise<void> {}
export async function waitForNode(_plane: ControlPlane, _api: ApiServer | undefined, _name: string): Promise<void> {}
export async function killNode(_plane: ControlPlane, _name: string): Promise<void> {}
export async function loadIntoNode(_plane: ControlPlane, _name: string, _archive: string): Promise<void> {}
export async function execInNode(_plane: ControlPlane, _name: string, _argv: readonly string[]): Promise<CommandResult> {
  return { code: 1, stdout: '', stderr: '' };
}
export async function execCommand(_name: string, _node: string, argv: readonly string[]): Promise<readonly string[]> { return argv; }

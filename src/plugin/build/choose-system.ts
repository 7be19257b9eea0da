import { projectNode } from '../../cluster-view/node.ts';
import { resource } from '../../cluster-view/resources.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import { PolicyError, UserError } from '../../errors.ts';
import { apiStatusOf } from '../../runtime/api-status.ts';
import type { CommandContext } from '../command-context.ts';

/** The system of the cluster's nodes when all have the same. Throws `UserError` when it has to be said. */
export async function systemOfNodes({ client }: Pick<CommandContext, 'client'>): Promise<string> {
  const items = await allNodes(client);
  const systems = [...new Set(items.flatMap((item) => nativeSystem(projectNode(item)) ?? []))].toSorted();
  const [only] = systems;
  if (only !== undefined && systems.length === 1) return only;
  const found = systems.length === 0 ? 'no node has a system that is known' : `nodes have ${systems.join(' and ')}`;
  throw new UserError('SystemUnknown', `${found}: write --system, for example --system ${only ?? 'x86_64-linux'}`);
}

async function allNodes(client: CommandContext['client']): Promise<readonly unknown[]> {
  try {
    const items: unknown[] = [];
    let continueToken: string | undefined;
    do {
      const page = await client.list(resource.nodes, { limit: 500, continueToken });
      items.push(...page.items);
      ({ continueToken } = page);
    } while (continueToken !== undefined);
    return items;
  } catch (thrown) {
    if (!(thrown instanceof PolicyError)) throw thrown;
    const advice = 'write the system of the nodes that shall run the image, for example --system x86_64-linux';
    // Not the refusal itself, which would advise to ask for a right that is not needed.
    throw new UserError('SystemUnknown', `you may not list nodes; ${advice}`, { cause: apiStatusOf(thrown) });
  }
}

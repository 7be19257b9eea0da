import { listOf, type Raw, rawOf, textOf } from '../cluster-view/raw.ts';
import type { BuildSettings } from '../controllers/builds/settings.ts';
import { PolicyError } from '../errors.ts';
import { oneLine } from '../printable.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import type { CommandContext } from './command-context.ts';
import { readList } from './read-lists.ts';

export const deployments: ResourceType = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/** The controller as it is installed. */
export interface DeployedController {
  readonly name: string;
  readonly image: string;
  readonly serviceAccount: string;
  readonly wanted: number;
  readonly available: number;
  /** Why a Pod of it cannot be made; empty when it can. */
  readonly refused: string;
  /** Undefined: settings that this version does not read. */
  readonly settings: BuildSettings | undefined;
}

/** Undefined: there is none in enbi's namespace. `forbidden`: whoever asks may not look. */
export async function findController(context: CommandContext): Promise<DeployedController | undefined | 'forbidden'> {
  const { client, enbiNamespace: namespace } = context;
  try {
    const items = await readList(client, deployments, { namespace, labelSelector: 'app.kubernetes.io/name=enbi' });
    if (items === undefined) return 'forbidden';
    const [raw] = items.map(rawOf).filter((item) => controllerContainer(item) !== undefined);
    return raw === undefined ? undefined : deployedController(raw, context);
  } catch (thrown) {
    if (thrown instanceof PolicyError) return 'forbidden';
    throw thrown;
  }
}

export interface Absence {
  readonly message: string;
  readonly remedy: string;
  readonly commands?: readonly string[];
}

/** Why nothing is built now, for people; undefined: a controller is there, or nobody may look. */
export function absenceOf(
  controller: Awaited<ReturnType<typeof findController>>,
  { enbiNamespace, self }: CommandContext,
): Absence | undefined {
  if (controller === undefined) {
    const message = `enbi's controller is not in namespace ${enbiNamespace}: nothing is built without it`;
    return {
      message,
      remedy: 'install it (see "install" in its documentation), or name its place with --enbi-namespace',
    };
  }
  if (controller === 'forbidden' || controller.available > 0) return undefined;
  const message = `no replica of enbi's controller in namespace ${enbiNamespace} is available: nothing is built without one`;
  const command = `${self} doctor`;
  return { message, remedy: `to find out why, run: ${command}`, commands: [command] };
}

function deployedController(raw: Raw, { enbiNamespace, settingsFrom }: CommandContext): DeployedController {
  const status = rawOf(raw.status);
  const container = controllerContainer(raw) ?? {};
  const args = Array.isArray(container.args) ? container.args.map(textOf) : [];
  return {
    name: textOf(rawOf(raw.metadata).name),
    image: textOf(container.image),
    serviceAccount: textOf(podSpecOf(raw).serviceAccountName),
    wanted: Number(rawOf(raw.spec).replicas ?? 1),
    available: Number(status.availableReplicas ?? 0),
    refused: oneLine(textOf(failureIn(status).message), longestRefusal),
    settings: settingsFrom(args, environmentOf(container, enbiNamespace)),
  };
}

const longestRefusal = 400;

/** A quota or a policy refuses the Pod: it is not there to say so itself. */
function failureIn(status: Raw): Raw {
  return listOf(status.conditions).find((each) => each.type === 'ReplicaFailure' && each.status === 'True') ?? {};
}

function podSpecOf(raw: Raw): Raw {
  return rawOf(rawOf(rawOf(raw.spec).template).spec);
}

function controllerContainer(raw: Raw): Raw | undefined {
  return listOf(podSpecOf(raw).containers).find(({ args }) => Array.isArray(args) && args.includes('controller'));
}

/** Values that stand there, and the namespace, which the kubelet fills in; nothing else is asked from elsewhere. */
function environmentOf(container: Raw, namespace: string): Readonly<Record<string, string>> {
  const entries = listOf(container.env).map(({ name, value, valueFrom }) => {
    const isNamespace = textOf(rawOf(rawOf(valueFrom).fieldRef).fieldPath) === 'metadata.namespace';
    return [textOf(name), isNamespace ? namespace : textOf(value)] as const;
  });
  return Object.fromEntries(entries);
}

import * as z from 'zod';
import type { Kubectl } from '../support/git-server.ts';
import type { Session } from './session.ts';

const controller = ['--namespace=enbi', 'deployment/enbi-controller'];

type Settings = Readonly<Record<string, string>>;

const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([z.looseObject({ env: z.array(z.looseObject({ name: z.string() })) })], z.unknown()),
      }),
    }),
  }),
});

/** Has the controller run with these settings (`ENBI_…`) until the end. For attacks that are alone. */
export async function withSettings(session: Session, settings: Settings): Promise<void> {
  const kubectl: Kubectl = (args) => session.admin.kubectl(args);
  const env = await environmentOf(kubectl);
  session.atTheEnd(() => setEnvironment(kubectl, env));
  const kept = env.filter(({ name }) => settings[name] === undefined);
  await setEnvironment(kubectl, [...kept, ...Object.entries(settings).map(([name, value]) => ({ name, value }))]);
}

type Environment = readonly { readonly name: string }[];

/** The variables of the controller, whatever they hold. */
export async function environmentOf(kubectl: Kubectl): Promise<Environment> {
  const deployment = Deployment.parse(JSON.parse(await kubectl(['get', ...controller, '--output=json'])));
  return deployment.spec.template.spec.containers[0].env;
}

/** Replaces them all; returns when the controller runs with these. */
export async function setEnvironment(kubectl: Kubectl, value: Environment): Promise<void> {
  const change = JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/env', value }]);
  await kubectl(['patch', ...controller, '--type=json', `--patch=${change}`]);
  await kubectl(['rollout', 'status', ...controller, '--timeout=180s']);
}

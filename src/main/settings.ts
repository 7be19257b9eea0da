import { Command, Option } from 'commander';
import type { NodeView } from '../cluster-view/node.ts';
import type { BuildSettings } from '../controllers/builds/settings.ts';
import { type Access, accessFrom } from './access.ts';
import { amountsAtOdds, buildResources } from './build-resources.ts';
import type { Selector } from './label-selector.ts';
import { flagOf, type Setting, variableOf } from './setting.ts';
import { type GivenSettings, settingsTable } from './settings-table.ts';

export interface ControllerSettings extends Access {
  readonly builds: BuildSettings;
  readonly logLevel: string;
  readonly readBuildLogs: boolean;
  readonly httpPort: number;
  readonly leaderElect: boolean;
  /** In seconds. */
  readonly leaseDuration: number;
}

/** Every setting of the controller: a flag, or the environment variable that its help names. */
export function controllerCommand(
  environment: NodeJS.ProcessEnv,
  run: (settings: ControllerSettings) => Promise<void>,
): Command {
  const command = new Command('controller').description('watches the cluster and builds what its Pods wait for');
  for (const [name, entry] of Object.entries(settingsTable)) command.addOption(optionOf(name, entry));
  return command.action((given: GivenSettings) => {
    const wrong = amountsAtOdds(given);
    if (wrong !== undefined) command.error(`error: ${wrong}`);
    return run(settingsFrom(given, environment));
  });
}

export function optionOf(name: string, { argument, kind, help, fallback, required }: Setting<unknown>): Option {
  const option = new Option(`${flagOf(name)} <${argument}>`, help).env(variableOf(name));
  if (kind.choices !== undefined) option.choices(kind.choices);
  option.argParser(kind.parse);
  return required ? option.makeOptionMandatory() : option.default(fallback);
}

function settingsFrom(given: GivenSettings, environment: NodeJS.ProcessEnv): ControllerSettings {
  return {
    ...accessFrom(given.kubeconfig, environment),
    logLevel: given.logLevel,
    readBuildLogs: given.readBuildLogs,
    httpPort: given.httpPort,
    leaderElect: given.leaderElect === 'true',
    leaseDuration: given.leaseDuration,
    builds: {
      namespace: given.namespace,
      image: given.image,
      pullPolicy: given.imagePullPolicy,
      substituters: given.substituters,
      trustedPublicKeys: given.trustedPublicKeys,
      authorities: given.certificateAuthorities,
      languageFeatures: given.languageFeatures,
      realiseStreamScripts: given.realiseStreamScripts,
      buildAhead: given.buildAhead,
      isolation: given.isolation,
      timeoutSeconds: given.buildTimeout,
      maxSilentSeconds: given.buildMaxSilent,
      maxJobs: given.buildJobs,
      cores: given.buildCores,
      resources: buildResources(given),
      socket: given.containerdSocket,
      unpackInto: given.unpackImages,
      temporaryLimit: given.temporaryLimit,
      importMemoryLimit: given.importMemoryLimit,
      agentIdle: given.agentIdle,
      // What it has built is only known from its log as long as it runs.
      builderIdle: given.readBuildLogs ? given.builderIdle : 0,
      storeScope: given.storeScope,
      storeClaimSize: given.storeClaimSize,
      maxAttempts: given.maxAttempts,
      repels: repelling(given.nodeRepel),
      maxBuilds: given.maxBuilds,
      maxBuildsPerNode: given.maxBuildsPerNode,
      tolerations: given.tolerations ?? [],
      refuseVulnerableNodes: given.refuseVulnerableNodes,
      openHosts: given.openImageHosts ?? [],
      jobTtlSeconds: given.jobTtlAfterSuccess,
      history: {
        success: { keep: given.successHistoryLimit, ageMs: given.successHistoryAge },
        failure: { keep: given.failureHistoryLimit, ageMs: given.failureHistoryAge },
      },
    },
  };
}

function repelling(selector: Selector | undefined): (node: NodeView) => boolean {
  if (selector === undefined) return () => false;
  return (node) => selector(node.metadata.labels ?? {});
}

import type { AgentSettings } from '../../../src/controllers/agents/settings.ts';
import type { BuildSettings } from '../../../src/controllers/builds/settings.ts';
import type { LifeSettings } from '../ground/ground.ts';

/** As installed, in the namespace of a world. */
export function settingsIn(namespace: string, life: LifeSettings): BuildSettings & AgentSettings {
  return {
    namespace,
    ...life,
    pullPolicy: 'IfNotPresent',
    substituters: undefined,
    trustedPublicKeys: undefined,
    authorities: undefined,
    languageFeatures: undefined,
    realiseStreamScripts: true,
    buildAhead: true,
    builderIdle: 0,
    isolation: 'Auto',
    timeoutSeconds: 3600,
    maxSilentSeconds: 600,
    maxJobs: 1,
    cores: 0,
    resources: { requests: { cpu: '100m', memory: '256Mi' } },
    socket: undefined,
    unpackInto: undefined,
    temporaryLimit: '8Gi',
    importMemoryLimit: '1Gi',
    storeScope: 'namespace',
    storeClaimSize: '1Gi',
    openHosts: [],
    maxAttempts: 5,
    maxBuilds: 4,
    maxBuildsPerNode: 2,
    repels: () => false,
    tolerations: [],
    refuseVulnerableNodes: false,
    history: { success: { keep: 10 }, failure: { keep: 10 } },
  };
}

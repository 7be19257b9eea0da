import { age, oneOf, positive, type Setting, setting, text, unset, whole } from './setting.ts';

/** What is not about builds: how long their records stay, and the process itself. Part of `settingsTable`. */
export const processSettings = {
  successHistoryLimit: setting(whole, 10, {
    argument: 'count',
    group: 'History',
    help: 'finished NixBuilds that stay as records',
    meaning:
      'How many NixBuilds that succeeded stay in a namespace as records, the newest. Counted, and removed, are only those that enbi made itself and whose image no Pod names.',
    chart: 'history.success.limit',
  }),
  successHistoryAge: unset(age, {
    argument: 'age',
    group: 'History',
    help: 'how long they stay',
    meaning: 'How long such a record stays at most: `90m`, `72h`, `30d`. Unset: as long as the limit lets it.',
    chart: 'history.success.age',
  }),
  jobTtlAfterSuccess: setting(whole, 300, {
    argument: 'seconds',
    group: 'History',
    help: 'how long the build Job of a success stays, with its log; 0: not at all',
    meaning:
      "How long the build Job of a success and its Pod, which has ended, stay in the namespace, so that `kubectl enbi logs` can be read. No more than the newest 3 of a namespace; they go at once when the cluster refuses a Job of enbi's or its Pod there, as a quota of `count/jobs.batch` or `count/pods` does, and with the store. Such a quota counts them against the namespace's own Jobs and Pods as well: where that is tight, `0`, which removes them at once.",
    chart: 'history.success.jobTtlSeconds',
  }),
  failureHistoryLimit: setting(whole, 5, {
    argument: 'count',
    group: 'History',
    help: 'failed NixBuilds that stay as records',
    meaning: 'The same for NixBuilds that failed or were cancelled. Their Jobs and Pods go with them.',
    chart: 'history.failure.limit',
  }),
  failureHistoryAge: unset(age, {
    argument: 'age',
    group: 'History',
    help: 'how long they stay',
    meaning: 'The same for NixBuilds that failed or were cancelled.',
    chart: 'history.failure.age',
  }),
  leaderElect: setting(oneOf(['true', 'false']), 'true', {
    argument: 'bool',
    group: 'The process',
    help: 'whether replicas elect one that works',
    meaning:
      '`true`: of several replicas one works, the others stand by; it needs the Lease `enbi-controller` in its own namespace. `false`: this process works at once; it must then be the only one.',
  }),
  leaseDuration: setting(positive, 15, {
    argument: 'seconds',
    group: 'The process',
    help: 'until another replica takes over from one that is silent',
    meaning:
      'So long after the last sign of life of the replica that works another takes its place. It stops by itself when it could not renew its lease for two thirds of that. One that is stopped hands over at once.',
    chart: 'leaseDurationSeconds',
  }),
  kubeconfig: unset(text, {
    argument: 'file',
    group: 'The process',
    help: 'outside a cluster; unset: the service account of the Pod',
    meaning: "For a controller outside the cluster. Unset: the Pod's service account.",
  }),
  logLevel: setting(oneOf(['debug', 'info', 'warn', 'error']), 'info', {
    argument: 'level',
    group: 'The process',
    help: 'least severe line that is logged',
    meaning: '`debug`, `info`, `warn` or `error`. Lines are JSON.',
    chart: 'logLevel',
  }),
  httpPort: setting(whole, 8080, {
    argument: 'port',
    group: 'The process',
    help: 'of /healthz, /readyz and /metrics',
    meaning: 'Port of `/healthz`, `/readyz` and `/metrics`.',
  }),
} satisfies Readonly<Record<string, Setting<unknown>>>;

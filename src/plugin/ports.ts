import type { BuildSettings } from '../controllers/builds/settings.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeClient, KubeletClient } from '../runtime/kube-client.ts';
import type { Screen } from './screen.ts';

/** The API server, asked with the rights of whoever runs the command. */
export type PluginClient = KubeClient & KubeletClient;

/** As kubectl's flags of the same names. */
export interface ConnectionOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroup?: readonly string[];
  readonly asUserExtra?: readonly string[];
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly proxyUrl?: string;
  /** `30s`, or seconds; `0`: as long as it takes. */
  readonly requestTimeout?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

export interface Connection {
  readonly client: PluginClient;
  /** The one asked for, else the context's, else `default`. */
  readonly namespace: string;
  readonly server: string;
}

/** Texts that are part of the program, so that it explains without a network. */
export interface Embedded {
  readonly version: string;
  /** docs/reference/reasons.md */
  readonly reasonsPage: string;
  /** What the controller must be allowed: deploy/rbac.yaml. */
  readonly permissions: string;
  /** ValidatingAdmissionPolicies and their bindings, by file: deploy/admission-*.yaml. */
  readonly policies: Readonly<Record<string, string>>;
}

/** What the commands need of the world outside; `main/` makes the real ones. */
export interface PluginPorts {
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
  /** For people: the standard output. */
  readonly screen: Screen;
  /** For people who let a program read the standard output, and for what went wrong: the standard error. */
  readonly aside: Screen;
  /** For programs: what `-o json` and `-o yaml` write. */
  readonly print: (text: string) => void;
  readonly clock: Clock;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly embedded: Embedded;
  /** The controller's settings out of the arguments and environment of its container. */
  readonly settingsFrom: (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => BuildSettings | undefined;
}

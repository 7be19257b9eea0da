import * as z from 'zod';

/** kubectl's decoder takes null and the empty text for what is not there. */
const text = z
  .string()
  .nullish()
  .transform((given) => given || undefined);
const name = z
  .string()
  .nullish()
  .transform((given) => given ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((given) => given ?? false);
const texts = listOf(z.string());
/** What stands in base64, decoded. */
const data = text.refine((given) => given === undefined || isBase64(given), 'is no base64').transform(decoded);

const Cluster = z.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': data,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
  'disable-compression': flag,
  extensions: listOf(z.object({ name, extension: z.unknown() })),
});
const User = z.object({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': data,
  'client-key': text,
  'client-key-data': data,
  as: text,
  'as-uid': text,
  'as-groups': texts,
  'as-user-extra': z
    .record(z.string(), texts)
    .nullish()
    .transform((extra) => extra ?? {}),
  // Read in full when it is asked for: another user's may be of a version that is not known here.
  exec: z.looseObject({ command: name }).nullish(),
  'auth-provider': z.looseObject({ name, config: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const Context = z.object({ cluster: name, user: name, namespace: text });

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export const KubeconfigFile = z.object({
  apiVersion: z.literal(['v1', '']).nullish(),
  kind: z.literal(['Config', '']).nullish(),
  'current-context': text,
  contexts: listOf(z.object({ name, context: orEmpty(Context) })),
  clusters: listOf(z.object({ name, cluster: orEmpty(Cluster) })),
  users: listOf(z.object({ name, user: orEmpty(User) })),
});

export type KubeconfigFile = z.infer<typeof KubeconfigFile>;
export type KubeconfigCluster = z.infer<typeof Cluster>;
export type KubeconfigUser = z.infer<typeof User>;
export type KubeconfigContext = z.infer<typeof Context>;

export const emptyCluster: KubeconfigCluster = Cluster.parse({});
export const emptyUser: KubeconfigUser = User.parse({});

/** Lists may be null: kubectl writes them so when they are empty. */
function listOf<T extends z.ZodType>(entry: T) {
  return z
    .array(entry)
    .nullish()
    .transform((list) => list ?? []);
}

function orEmpty<T extends z.ZodType>(entry: T) {
  return entry.nullish().transform((given) => given ?? entry.parse({}));
}

/** As Go takes it: with padding, line breaks passed over. */
function isBase64(given: string): boolean {
  const letters = given.replace(/[\r\n]/g, '');
  return letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters);
}

function decoded(given: string | undefined): string | undefined {
  return given === undefined ? undefined : Buffer.from(given, 'base64').toString('utf8');
}

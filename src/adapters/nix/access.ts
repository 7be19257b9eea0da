/** What is known of the flake's Secret where a host has refused it. */
export interface SecretInUse {
  /** Hosts that its netrc has entries for; undefined: it has no netrc. */
  readonly netrcHosts?: readonly string[] | undefined;
}

type Explain = (match: RegExpExecArray, message: string, secret: SecretInUse | undefined) => string;

const secretAdvice =
  'a private flake needs a Secret with its credentials, named in the annotation enbi.hrzn.ee/nixbuild-secretName';
/** GitHub, GitLab and Gitea tell strangers of no repository, not even that it is not there. */
const perhapsMistyped = 'or there is no such repository: many hosts ask for credentials then, too';

/** Whoever named a Secret knows that one is needed. */
function advice(secret: SecretInUse | undefined): string {
  return secret === undefined ? secretAdvice : "what the flake's Secret has does not open it";
}

const noAccess: Explain = ([what], _, secret) => `no access to the flake: ${what}; ${advice(secret)}`;

/** git asks for a name where it has none, and where curl was refused with the one that it found in netrc: the words are the same. */
const asked: Explain = ([what, place = ''], _, secret) => {
  if (secret === undefined)
    return `no access to the flake: ${what}; ${secretAdvice}, with this host in its netrc; ${perhapsMistyped}`;
  return `no access to the flake: ${place} ${whyRefused(place, secret)}; ${perhapsMistyped}`;
};

function whyRefused(place: string, { netrcHosts }: SecretInUse): string {
  const host = URL.parse(place)?.hostname ?? place;
  if (netrcHosts === undefined) return "asks for login and password, and the flake's Secret has no key netrc";
  if (netrcHosts.includes(host))
    return `refuses the login and password that netrc in the flake's Secret has for ${host}`;
  return `asks for login and password, and netrc in the flake's Secret has none for ${host}`;
}

/** Rows for the table of failures: hosts that give nothing, to nobody or not to these credentials. */
export const accessRows = [
  {
    in: 'git',
    pattern: /could not read (?:Username|Password) for '([^']*)'/,
    verdict: ['user', 'FetchFailed', asked],
  },
  {
    in: 'git',
    pattern: /Permission denied \(.*\)|Authentication failed|returned error: 40[13]/,
    verdict: ['user', 'FetchFailed', noAccess],
  },
  {
    in: 'git',
    pattern:
      /repository '.*' not found|repository not exported|no such repository|[Rr]epository not found|does not appear to be a git repository/,
    verdict: [
      'user',
      'FlakeNotFound',
      ([what]: RegExpExecArray, _: string, secret: SecretInUse | undefined) =>
        `there is no such repository, or no access to it: ${what}; ${advice(secret)}`,
    ],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': HTTP error 404/,
    verdict: [
      'user',
      'FlakeNotFound',
      ([, url]: RegExpExecArray, _: string, secret: SecretInUse | undefined) =>
        `${url} does not exist (404), or needs credentials; ${advice(secret)}`,
    ],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': HTTP error (?:401|403)(?![\s\S]*rate limit)/,
    verdict: [
      'user',
      'FetchFailed',
      ([, url]: RegExpExecArray, _: string, secret: SecretInUse | undefined) =>
        `no access to ${url}; ${advice(secret)}`,
    ],
  },
] as const;

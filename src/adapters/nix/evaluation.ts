import { languageFeatures } from '../../api/order.ts';
import type { NixError } from './internal-json.ts';

/** Whether Nix failed while it evaluated the flake, whatever it had to do for that. */
export function isOfEvaluation({ position, trace }: NixError): boolean {
  return position !== undefined || /… while (?:calling|evaluating) /.test(trace);
}

const beforehand = 'make it an input of the flake: those are fetched before, with the Secret, and locked';

export const isPath = 'the attribute is a path, not a package; wrap it in a derivation';

/** Rows for the table of failures: what flakes ask of Nix that it does not do for them. */
export const evaluationRows = [
  {
    in: 'error',
    pattern: /^in pure evaluation mode, '(\w+)' (?:doesn't fetch unlocked input '(.*?)'|requires )/,
    verdict: [
      'user',
      'EvaluationFailed',
      ([, name, place]: RegExpExecArray) =>
        `evaluating the flake fetches ${place ?? 'something'} by builtins.${name}, and nothing says which version; ${beforehand}`,
    ],
  },
  {
    in: 'error',
    pattern: /^cannot call 'getFlake' on unlocked flake reference '(.*?)'/,
    verdict: [
      'user',
      'EvaluationFailed',
      ([, place]: RegExpExecArray) =>
        `evaluating the flake fetches ${place} by builtins.getFlake, and nothing says which version; ${beforehand}`,
    ],
  },
  { in: 'error', pattern: /^'.*' does not have a known deriver$/, verdict: ['user', 'EvaluationFailed', () => isPath] },
  {
    in: 'error',
    pattern: /^experimental Nix feature '([a-z0-9-]+)' is disabled/,
    verdict: ['user', 'EvaluationFailed', ([, feature = '']: RegExpExecArray) => featureAdvice(feature)],
  },
] as const;

function featureAdvice(feature: string): string {
  const isOffered = languageFeatures.some((offered) => offered === feature);
  return `the flake uses Nix' experimental feature ${feature}, ${
    isOffered
      ? `which an administrator of enbi turns on with --language-features ${feature}`
      : 'which enbi does not offer; write the flake without it'
  }`;
}

/** In place of advice about the flake's own Secret, which is not there when a flake is evaluated; undefined: it is about something else. */
export function ownFetchFailed(error: NixError, complaint: string): string | undefined {
  if (!isOfEvaluation(error)) return undefined;
  // A server may make it say megabytes.
  const message = error.message.slice(0, 4096);
  const git = /^Failed to fetch git repository '(.*?)'/.exec(message);
  const download = /unable to download '([^']*)': ([^()\n]*)/.exec(message);
  const [, place, why = complaint] = git ?? download ?? [];
  if (place === undefined) return undefined;
  return `evaluating the flake fetches ${place} by itself (builtins.fetchGit or alike), without credentials: ${why.trim()}; ${beforehand}`;
}

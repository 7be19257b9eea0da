import { delayAfter, forNewPod, type Pace, type Retry, retries, slowForMs, slowly, soon } from '../src/api/retries.ts';

/** docs/reference/retries.md. */
export function retriesPage(): string {
  const rows = Object.entries<Retry>(retries).map(([reason, row]) => rowOf(reason, row));
  return `${head}${paces()}\n\n${rest}${rows.join('\n')}\n`;
}

function paces(): string {
  const texts: readonly (readonly [Pace, string])[] = [
    ['soon', `${backOff(soon)}, until \`--max-attempts\` attempts were made`],
    ['slowly', `${backOff(slowly)}, for ${duration(slowForMs)}`],
    ['always', `as soon as "soon", for as long as it takes: somebody took away what the attempt stood on`],
    ['held up', 'after 30, 60, then 90 s, for as long as it takes: people are to give what the attempt waits for'],
    ['every minute', 'a minute later, for as long as it takes: stores'],
  ];
  return texts.map(([pace, text]) => `- **${pace}**: ${text}.`).join('\n');
}

function backOff(pace: typeof soon): string {
  return `after ${duration(delayAfter(1, pace))}, then after twice as long each time, at most ${duration(pace.longestMs)}`;
}

function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${seconds / 60} min`;
  return `${seconds / 3600} h`;
}

function rowOf(reason: string, { passing, lasting, newPod, secret, retry }: Retry): string {
  const cells = [
    `[${reason}](reasons.md#${reason.toLowerCase()})`,
    byItself(passing, lasting),
    { yes: 'yes', moved: 'if the version may be another', no: '' }[newPod],
    secret === true ? 'yes' : '',
    retry ? 'yes' : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function byItself(passing: Pace = 'never', lasting: Pace = 'never'): string {
  if (passing === 'never') return lasting === 'never' ? '' : lasting;
  return lasting === 'never' ? passing : `${lasting}; ${passing}, where it is known to pass`;
}

const head = `<!-- Generated from src/api/retries.ts by \`npm run generate\`. -->

# What is tried again, and when

What fails says why (\`status.failure\`, and [its reason](reasons.md)) and what makes it go on (the condition \`Ready\`, and the event
of the Pod). Four things may: time, a new Pod, a change of the Secret, and \`kubectl enbi retry\`.

## Time

The next attempt begins by itself at \`status.nextAttemptTime\`:

`;

const rest = `"soon" is for what passes; the NixBuild is \`Pending\` meanwhile. "slowly" is for what a person is about to mend: a tag that is pushed in a
minute, a Secret, a host that is down for hours. Then the NixBuild is \`Failed\`, so that whoever waits for its end is told, and it goes on
all the same. One that enbi made for Pods does not go on slowly when no Pod asks for it any more, since a flake was corrected under the same image name, say. Between two attempts no slot is
kept, and an attempt waits for its turn like any other. \`kubectl enbi cancel NAME\` ends it.

## A new Pod

A Pod that was made after the failure and waits for the image asks anew, for example after \`kubectl rollout restart\` of a Deployment; [of
a StatefulSet or a Job](../guide/troubleshoot.md#after-a-correction) that takes more. It gets an attempt at
once if the last failure is old enough, and as soon as it is otherwise, since something may make Pods without end: ${backOff(forNewPod)}.
Of a reason that does not go on slowly, Pods get attempts until twice \`--max-attempts\` were made, and then one ${duration(slowForMs)} after the last
failure. After as long without any, and after a day of slow attempts, a new Pod begins the count anew.

While the NixBuild is \`Pending\` a new Pod changes nothing: the next attempt is minutes away. It does change something [where the Secret does not
exist](#a-change-of-the-secret) and the Pod names another.

The attempt builds the version that the reference means by now. What a flake does wrong in one version it does again: where the reference
names a commit (or the \`narHash\` of an archive), a new Pod changes nothing. A branch or a tag is asked for anew.

## A change of the Secret

enbi may not read Secrets, so it does not see that one has changed. Each attempt reads the Secret as it is then; the next one comes by
itself, with a new Pod, or when you ask for it.

Which Secret it is stands on the NixBuild. If that was a wrong one, or none, correct the annotation in the Pod's template: enbi deletes
the NixBuild that it made, and that could not be fetched or waits for a Secret that does not exist, when the newest Pod names another Secret, and makes it anew with that one.

## Asking for it: \`kubectl enbi retry NAME\`

At once, where the NixBuild is \`Failed\` or \`Cancelled\`, however often it has failed, or waits for its next attempt (\`status.nextAttemptTime\`): once what kept
it is mended, nobody need wait. The count begins anew, and the attempt builds the version that the reference means by now.

## All reasons

| reason | by itself | a new Pod | reads a changed Secret | \`kubectl enbi retry\` |
|---|---|---|---|---|
`;

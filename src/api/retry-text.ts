import type { Reason } from './reasons.ts';
import { isFailure, type Pace, type Retry, retryOf } from './retries.ts';

const times: Readonly<Record<Pace, string>> = {
  soon: 'within minutes, until `--max-attempts` attempts were made',
  'soon, then slowly': 'within minutes until `--max-attempts` attempts were made, then later and later, for a day',
  slowly: 'after a minute, then later and later, for a day',
  always: 'within minutes, for as long as it takes',
  'held up': 'within two minutes, for as long as it takes',
  'every minute': 'a minute later, for as long as it takes',
  never: '',
};

const pods: Readonly<Record<Retry['newPod'], string>> = {
  yes: 'when a new Pod asks for the image',
  moved: 'when a new Pod asks for the image, unless the reference names a commit',
  no: '',
};

/** What docs/reference/reasons.md says of a reason: how it goes on. Undefined for what is no failure. */
export function retryText(reason: Reason): string | undefined {
  if (!isFailure(reason)) return undefined;
  const row = retryOf(reason);
  const ways = [byItself(row), pods[row.newPod], row.retry ? 'with `kubectl enbi retry NAME`' : ''];
  const said = ways.filter((way) => way !== '');
  if (said.length === 0) return 'It does not go on.';
  return `It goes on ${said.join('; ')}.`;
}

function byItself({ passing, lasting }: Retry): string {
  if (passing !== undefined && lasting === 'slowly')
    return `by itself ${times[lasting].replace(',', ', sooner where it may pass,')}`;
  if (passing !== undefined && lasting === 'never') return `by itself, where it may pass, ${times[passing]}`;
  const text = times[passing ?? lasting ?? 'never'];
  return text === '' ? '' : `by itself ${text}`;
}

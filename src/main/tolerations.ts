import { InvalidArgumentError } from 'commander';
import type { Toleration } from '../controllers/builds/settings.ts';
import type { Kind } from './setting.ts';

const effects = 'NoSchedule|PreferNoSchedule|NoExecute';
const key = String.raw`[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?`;
const value = String.raw`([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?`;
const one = String.raw`(\*|${key}(=${value})?)(:(${effects}))?`;

const form = new RegExp(`^(?<any>\\*)?(?<key>[^=:*]+)?(?<equal>=(?<value>[^:]*))?(:(?<effect>${effects}))?$`);
const whole = new RegExp(`^${one}$`);

/** As `kubectl taint` writes taints, with commas: `key=value:Effect`, `key:Effect`, `key`, and `*` for all. */
export const tolerations: Kind<readonly Toleration[]> = {
  parse: (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(tolerationOf),
  schema: { type: 'string', pattern: `^(${one}(,\\s*${one})*)?$` },
};

function tolerationOf(part: string): Toleration {
  if (!whole.test(part)) {
    throw new InvalidArgumentError(`"${part}" is no toleration; write key=value:Effect, key:Effect, key or *.`);
  }
  const found = form.exec(part)?.groups ?? {};
  return {
    ...(found['key'] === undefined ? {} : { key: found['key'] }),
    operator: found['equal'] === undefined ? 'Exists' : 'Equal',
    ...(found['equal'] === undefined ? {} : { value: found['value'] ?? '' }),
    ...(found['effect'] === undefined ? {} : { effect: found['effect'] }),
  };
}

import { InvalidArgumentError } from 'commander';
import { UserError } from '../errors.ts';
import { openHostSchema, parseOpenHost } from '../image-name/open-hosts.ts';
import { type Kind, words } from './setting.ts';

/** As many as an import's order holds (src/api/order.ts). */
const most = 64;

/** Hosts, with or without the beginning of a path, separated by spaces. */
export const openHosts: Kind<readonly string[]> = {
  parse: (text) => {
    const hosts = words.parse(text).map(openHostOf);
    if (hosts.length > most) throw new InvalidArgumentError(`write at most ${most} hosts.`);
    return hosts;
  },
  schema: { ...words.schema, items: openHostSchema, maxItems: most },
};

function openHostOf(text: string): string {
  try {
    return parseOpenHost(text);
  } catch (thrown) {
    if (thrown instanceof UserError) throw new InvalidArgumentError(`"${text}" is no host; ${thrown.message}`);
    throw thrown;
  }
}

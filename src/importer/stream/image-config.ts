import type { ImageConfig } from '../source/image-config.ts';
import type { Layer } from '../source/source.ts';
import type { Moment } from './moment.ts';
import type { StreamConf } from './stream-conf.ts';

/** A layer and what its line of the image's history says it was made from. */
export interface NamedLayer {
  readonly layer: Layer;
  readonly madeFrom: readonly string[];
}

interface Parts {
  readonly conf: StreamConf;
  readonly created: Moment;
  readonly layers: readonly NamedLayer[];
  readonly base: ImageConfig | undefined;
}

/** The image config as the script writes it. */
export function imageConfig({ conf, created, layers, base }: Parts) {
  return {
    created: created.text,
    architecture: conf.architecture,
    os: 'linux',
    config: base === undefined ? conf.config : withEnvironment(conf.config, base),
    rootfs: { diff_ids: layers.map(({ layer }) => layer.diffId), type: 'layers' },
    history: layers.map(({ madeFrom }) => ({ created: created.text, comment: `store paths: ${pythonList(madeFrom)}` })),
  };
}

/** Of the base image's settings only its environment is kept; of two variables with one name the image's own. */
function withEnvironment(config: StreamConf['config'], base: ImageConfig): StreamConf['config'] {
  const all = [...textsIn(base.config?.['Env']), ...textsIn(config['Env'])];
  const byName = new Map(all.map((variable) => [variable.split('=', 1)[0], variable]));
  return byName.size === 0 ? config : { ...config, Env: [...byName.values()] };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** As Python prints a list of texts that need no escapes. */
function pythonList(texts: readonly string[]): string {
  return `[${texts.map((text) => `'${text}'`).join(', ')}]`;
}

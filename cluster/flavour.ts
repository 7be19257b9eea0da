import * as z from 'zod';
import { UserError } from '../src/errors.ts';
import { layoutNames } from './node/layout.ts';

export const kubernetesNames = ['newest', 'oldest'] as const;
export const containerdNames = ['newest', 'debian-12', 'debian-13'] as const;

/** What a cluster is made of, where there is a choice. */
export const Flavour = z.readonly(
  z.object({ layout: z.enum(layoutNames), kubernetes: z.enum(kubernetesNames), containerd: z.enum(containerdNames) }),
);
export type Flavour = z.infer<typeof Flavour>;

export const usual: Flavour = { layout: 'plain', kubernetes: 'newest', containerd: 'newest' };

/** The flavour of a new cluster. */
export function flavourOf({ layout, kubernetes, containerd }: Wishes): Flavour {
  return {
    layout: layout ?? usual.layout,
    kubernetes: kubernetes ?? usual.kubernetes,
    containerd: containerd ?? usual.containerd,
  };
}

/** A cluster as somebody wishes it; what is left open may be anything. */
export type Wishes = Partial<Flavour> & { readonly nodes?: number };

/** Throws UserError `ClusterDiffers` when a cluster that runs is not the one that is wished for. */
export function assertAsWished(name: string, wishes: Wishes, running: Flavour & { readonly nodes: number }): void {
  const differences = (['nodes', 'layout', 'kubernetes', 'containerd'] as const).filter(
    (key) => wishes[key] !== undefined && wishes[key] !== running[key],
  );
  if (differences.length === 0) return;
  const flags = (from: Wishes) => differences.map((key) => `--${key} ${from[key]}`).join(' ');
  throw new UserError(
    'ClusterDiffers',
    `cluster "${name}" is up with ${flags(running)}, not ${flags(wishes)}; ` +
      `remove it with: npm run cluster -- down --name ${name}, or give the other one a --name of its own`,
  );
}

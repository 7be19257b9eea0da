import type { Size } from '../scale/size.ts';

/** What one namespace makes against everybody else. */
export interface HostileSize {
  readonly pods: number;
  readonly builds: number;
  /** Secrets that its NixBuilds name. The controller may read no Secret, so there is none of them. */
  readonly secrets: number;
}

const full: HostileSize = { pods: 1000, builds: 10_000, secrets: 2000 };

export function hostileSize(share: number): HostileSize {
  const of = (count: number) => Math.max(1, Math.round(count * share));
  return { pods: of(full.pods), builds: of(full.builds), secrets: of(full.secrets) };
}

/** The others: each waits on a node of its own, where the hostile namespace may hold all slots but one. */
export const others: Size = {
  nodes: 100,
  pods: 100,
  images: 100,
  podsPerImage: 1,
  podsPerSecond: 4,
  namespaces: 10,
};

/** Those whose Pods fail right after the controller's start, and those that fail later. */
export const early: Size = { ...others, images: 40 };
export const later: Size = { ...others, images: 60, firstImage: 40 };

export const hostileNamespace = 'hostile';

import { aPod, confined } from '../e2e/support/manifests.ts';

interface Wishes {
  readonly annotations?: Readonly<Record<string, string>>;
  /** One with an image that nobody has, unless they are given. */
  readonly containers?: readonly object[];
  readonly image?: string;
}

/** A Pod that passes Pod Security's strictest level and which no node will take: it costs its maker nothing. */
export function aWaitingPod(name: string, wishes: Wishes = {}): object {
  const { annotations = {}, image = 'a.example/x:1', containers = [{ name: 'c', image, ...confined }] } = wishes;
  return aPod({ name, image, annotations, pod: { nodeSelector: { 'no/such': 'node' }, containers } });
}

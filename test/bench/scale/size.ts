/** How large the cluster is. The figures; a smaller one to try the bench itself. */
export interface Size {
  readonly nodes: number;
  readonly pods: number;
  /** Images that are missing, and how many of the Pods wait for each of them, all on one node. */
  readonly images: number;
  readonly podsPerImage: number;
  /** Number of the first of those images, and of its node; absent: 0. */
  readonly firstImage?: number;
  /** How many of those that wait fail in a second. */
  readonly podsPerSecond: number;
  readonly namespaces: number;
}

export const large: Size = {
  nodes: 1000,
  pods: 10_000,
  images: 100,
  podsPerImage: 5,
  podsPerSecond: 50,
  namespaces: 10,
};

export const small: Size = { nodes: 20, pods: 200, images: 10, podsPerImage: 5, podsPerSecond: 50, namespaces: 3 };

export const nodeName = (index: number) => `node-${String(index).padStart(4, '0')}`;
export const namespaceName = (index: number) => `team-${index}`;

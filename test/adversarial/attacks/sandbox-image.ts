import { type Attack } from '../attack.ts';
import { mustNotBeNamed } from '../must-not-be-named.ts';

export const attack: Attack = {
  name: 'sandbox-image',
  kind: 'runs as somebody else',
  rights: 'a tenant who knows which image its node runs in every Pod',
  steps: 'has another tag of its repository built',
  holds: "a repository of which a node keeps an image pinned that is not of enbi is nobody's to use",
  quick: false,
  needsNode: true,
  async run(session) {
    const [node = ''] = session.nodes;
    const filter = 'labels."io.cri-containerd.pinned"==pinned';
    const listed = await session.onNode(node, 'ctr', '--namespace=k8s.io', 'images', 'list', '--quiet', filter);
    const pinned = listed
      .split('\n')
      .filter((name) => /^[^@]+:[^@:/]+$/.test(name) && !name.startsWith('registry.test/'));
    const [image] = pinned;
    if (image === undefined) throw new Error(`${node} has no pinned image: ${listed}`);
    const repository = image.slice(0, image.lastIndexOf(':'));
    for (const tag of ['another', '99']) await mustNotBeNamed(session, `sandbox-${tag}`, `${repository}:${tag}`);
  },
};

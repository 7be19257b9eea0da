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
    const listed = await session.onNode(node, 'ctr', '--namespace=k8s.io', 'images', 'list', filter);
    // enbi pins images too, for a while, and says so.
    const lines = listed.split('\n').filter((line) => !line.includes('enbi.hrzn.ee/'));
    const names = lines.map((line) => line.split(' ')[0] ?? '');
    const pinned = names.filter((name) => /^[^@]+\/[^@]+:[^@:/]+$/.test(name));
    const [image] = pinned;
    if (image === undefined) throw new Error(`${node} has no pinned image: ${listed}`);
    const repository = image.slice(0, image.lastIndexOf(':'));
    for (const tag of ['another', '99']) await mustNotBeNamed(session, `sandbox-${tag}`, `${repository}:${tag}`);
  },
};

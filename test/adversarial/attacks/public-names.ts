import type { Attack } from '../attack.ts';
import { mustNotBeNamed } from '../must-not-be-named.ts';

const images = [
  'registry.k8s.io/kube-proxy:v1.99.0',
  'docker.io/library/nginx:1.99',
  'docker.io/nginx:1.99',
  'index.docker.io/library/nginx:1.99',
  'quay.io/cilium/cilium:v1.99.0',
  'ghcr.io/some/thing:99',
  'gcr.io/some/thing:99',
  'mcr.microsoft.com/some/thing:99',
  'public.ecr.aws/some/thing:99',
];

export const attack: Attack = {
  name: 'public-names',
  kind: 'runs as somebody else',
  rights: 'a tenant',
  steps: 'has images built under names of public registries that no node has yet, those of the next upgrade among them',
  holds: 'each is refused, and no node gets an image of that name',
  quick: true,
  async run(session) {
    for (const [index, imageTag] of images.entries()) await mustNotBeNamed(session, `public-${index}`, imageTag);
  },
};

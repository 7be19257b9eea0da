import { describe } from 'vitest';
import { FakeNodeImages } from './fake-node-images.ts';
import { nodeImagesConform, pinsConform } from './node-images.conformance.ts';

describe('the fake runtime conforms', () => {
  const images = new FakeNodeImages();
  nodeImagesConform(() => images);
  pinsConform(() => images);
});

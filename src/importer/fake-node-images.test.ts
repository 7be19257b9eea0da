import { describe } from 'vitest';
import { FakeNodeImages } from './fake-node-images.ts';
import { nodeImagesConform } from './node-images.conformance.ts';
import { foreignPinsConform, pinsConform } from './pins.conformance.ts';

describe('the fake runtime conforms', () => {
  const images = new FakeNodeImages();
  nodeImagesConform(() => images);
  foreignPinsConform(() => images);
  pinsConform(() => images);
});

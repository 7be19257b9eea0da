import { describeKubeClient } from '../kube-client.conformance.ts';
import { MemoryKubeClient } from './memory-kube-client.ts';

describeKubeClient('the API server in memory', () => Promise.resolve(new MemoryKubeClient()));

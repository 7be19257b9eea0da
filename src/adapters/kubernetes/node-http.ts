import { createRequire } from 'node:module';

// An import of node:http as a module reads every export, and with `WebSocket` Node loads undici: 7 MiB that nobody uses.
export const { Agent, request }: typeof import('node:http') = createRequire(import.meta.url)('node:http');

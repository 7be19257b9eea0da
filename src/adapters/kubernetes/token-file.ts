import { readFileSync } from 'node:fs';

const rereadMs = 60_000;

/**
 * The token in a file, read again each minute: the kubelet replaces a projected token at 80 % of its life, which is at
 * least 10 minutes (kubernetes.io/docs/concepts/storage/projected-volumes).
 */
export function tokenFile(path: string, nowMs: () => number = Date.now): () => string {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (nowMs() - readAt >= rereadMs) {
      token = readFileSync(path, 'utf8').trim();
      readAt = nowMs();
    }
    return token;
  };
}

/** Aborted when the kubelet stops the Pod. Whoever takes the signal must end by it: nothing else ends process 1. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

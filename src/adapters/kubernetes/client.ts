import * as z from 'zod';
import { isNotFound } from '../../runtime/api-status.ts';
import { metadataOf } from '../../runtime/identity.ts';
import type { KubeClient, KubeletClient, ObjectPage, PatchOptions, WriteGuard } from '../../runtime/kube-client.ts';
import { readJson } from './answer.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { type Answered, type ApiRequest, Connection } from './connection.ts';
import { deadlineIn } from './deadline.ts';
import { openLog } from './log-request.ts';
import { collectionPath, followLogPath, kubeletConfigPath, listPath, objectPath, watchPath } from './resource-path.ts';
import { openWatch } from './watch-request.ts';

export interface KubeClientOptions {
  readonly userAgent: string;
  /** From sending to the last byte of the answer; watches have their own. */
  readonly deadlineMs?: number;
  readonly maxSockets?: number;
  readonly onAnswer?: Answered;
  /** Nothing is written that it does not let out. */
  readonly guard?: WriteGuard;
}

/** The API server over HTTPS. Nothing is retried here but a request that met a socket the server had closed. */
export function createKubeClient(
  access: ClusterAccess,
  options: KubeClientOptions,
): KubeClient & KubeletClient & Disposable {
  const { userAgent, deadlineMs = 30_000, maxSockets = 16, guard } = options;
  const connection = new Connection(access, { userAgent, maxSockets, onAnswer: options.onAnswer });

  async function ask(request: Omit<ApiRequest, 'signal'>): Promise<unknown> {
    using deadline = deadlineIn(deadlineMs);
    return await readJson(await connection.send({ ...request, signal: deadline.signal }), nameOf(request));
  }

  async function write(request: Omit<ApiRequest, 'signal' | 'guard'>): Promise<unknown> {
    if (guard === undefined) return ask(request);
    guard.check();
    using deadline = deadlineIn(deadlineMs);
    const signal = AbortSignal.any([deadline.signal, guard.signal]);
    return await readJson(await connection.send({ ...request, signal, guard }), nameOf(request));
  }

  return {
    get: (type, name) => foundOrUndefined(ask({ method: 'GET', path: objectPath(type, name) })),
    list: async (type, selection) => pageOf(await ask({ method: 'GET', path: listPath(type, selection) })),
    watch: (type, selection, signal) => openWatch(connection, watchPath(type, selection), { signal, deadlineMs }),
    create: (type, namespace, body, { fieldManager } = {}) =>
      write({ method: 'POST', path: collectionPath(type, namespace, { fieldManager }), body }),
    patch: (type, name, body, how = {}) =>
      write({
        method: 'PATCH',
        path: objectPath(type, name, how.subresource, patchQuery(how)),
        body,
        contentType: patchType(how),
      }),
    delete: async (type, name, { uid, propagation, gracePeriodSeconds }) =>
      leftOf(
        await write({
          method: 'DELETE',
          path: objectPath(type, name),
          body: deleteOptions(uid, propagation, gracePeriodSeconds),
        }),
      ),
    followLog: (selection, signal) => openLog(connection, followLogPath(selection), { signal, deadlineMs }),
    kubeletConfig: (node) => ask({ method: 'GET', path: kubeletConfigPath(node) }),
    version: async () => z.object({ gitVersion: z.string() }).parse(await ask({ method: 'GET', path: '/version' })),
    [Symbol.dispose]: () => connection.close(),
  };
}

function nameOf({ method, path }: { method: string; path: string }): string {
  return `${method} ${path.split('?')[0]}`;
}

async function foundOrUndefined(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

const List = z.object({
  items: z.array(z.unknown()).nullable(),
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
});

function pageOf(raw: unknown): ObjectPage {
  const { items, metadata } = List.parse(raw);
  return {
    items: items ?? [],
    resourceVersion: metadata.resourceVersion,
    continueToken: metadata.continue || undefined,
  };
}

function patchType({ contentType = 'merge' }: PatchOptions): string {
  return contentType === 'merge' ? 'application/merge-patch+json' : 'application/apply-patch+yaml';
}

function patchQuery({ fieldManager, contentType }: PatchOptions) {
  return { fieldManager, force: contentType === 'apply' ? true : undefined };
}

function deleteOptions(uid: string | undefined, propagationPolicy: string, gracePeriodSeconds?: number) {
  const preconditions = uid === undefined ? undefined : { uid };
  return { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, gracePeriodSeconds, preconditions };
}

const Deleted = z.object({
  kind: z.string(),
  metadata: z.object({ deletionTimestamp: z.string().optional() }).optional(),
});

// The server answers with a Status or with the object as it last was when the object is gone, and with the object marked for
// deletion when finalizers or a grace period keep it (k8s.io/apiserver/pkg/registry/generic/registry/store.go, Delete).
function leftOf(raw: unknown): unknown {
  const { kind } = Deleted.parse(raw);
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadataOf(raw);
  const isKept = (Array.isArray(finalizers) && finalizers.length > 0) || deletionGracePeriodSeconds !== 0;
  return kind !== 'Status' && deletionTimestamp !== undefined && isKept ? raw : undefined;
}

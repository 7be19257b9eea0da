import { fieldsOf, identityOf } from '../identity.ts';
import type { ResourceType } from '../kube-client.ts';

export const leaseType: ResourceType = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** What a Lease says. A new resourceVersion is a sign of life of whoever holds it; its times are of another's clock. */
export interface Lease {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Empty: nobody's. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
}

export function leaseOf(raw: unknown): Lease {
  const { uid, resourceVersion } = identityOf(raw);
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = fieldsOf(fieldsOf(raw)['spec']);
  return {
    uid,
    resourceVersion,
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: Number(leaseDurationSeconds ?? 0) * 1000,
    transitions: Number(leaseTransitions ?? 0),
  };
}

interface Signing {
  readonly identity: string;
  readonly durationMs: number;
  readonly now: Date;
}

export function newLease(name: string, signing: Signing): object {
  const { apiVersion, kind } = leaseType;
  return { apiVersion, kind, metadata: { name }, spec: { ...termOf(signing), leaseTransitions: 0 } };
}

/** A merge patch by which a lease changes hands; refused if anybody has written it since. */
export function taking(lease: Lease, signing: Signing): object {
  const leaseTransitions = lease.transitions + (lease.holder === signing.identity ? 0 : 1);
  return { metadata: only(lease), spec: { ...termOf(signing), leaseTransitions } };
}

export function renewing(lease: Lease, now: Date): object {
  return { metadata: only(lease), spec: { renewTime: microTime(now) } };
}

/** The shortest lease there may be: whoever waits takes it at once. */
export function releasing(lease: Lease, now: Date): object {
  return {
    metadata: only(lease),
    spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) },
  };
}

function only({ uid, resourceVersion }: Lease): object {
  return { uid, resourceVersion };
}

function termOf({ identity, durationMs, now }: Signing) {
  const [acquireTime, renewTime] = [microTime(now), microTime(now)];
  return { holderIdentity: identity, leaseDurationSeconds: durationMs / 1000, acquireTime, renewTime };
}

/** `MicroTime` wants six digits, no fewer and no more (k8s.io/apimachinery/pkg/apis/meta/v1/micro_time.go). */
export function microTime(time: Date): string {
  return time.toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}

/**
 * How a Pod says that it wants no part of a service mesh. Its proxy starts beside the containers, or ends never: `fetch`, which runs
 * before it, would have no network, and the Job would not end. Nothing here is served to anybody.
 */
export const noMesh = {
  labels: {
    // Istio, with sidecars and in ambient mode: https://istio.io/latest/docs/reference/config/labels/
    'sidecar.istio.io/inject': 'false',
    'istio.io/dataplane-mode': 'none',
    'kuma.io/sidecar-injection': 'disabled',
  },
  annotations: {
    // Istio and Kuma read annotations before they read labels.
    'sidecar.istio.io/inject': 'false',
    'kuma.io/sidecar-injection': 'disabled',
    'linkerd.io/inject': 'disabled',
    'consul.hashicorp.com/connect-inject': 'false',
    'openservicemesh.io/sidecar-injection': 'disabled',
  },
} as const;

/** The Pod that is waited for, the same by either way but for where its image comes from. */
export function benchPod(
  namespace: string,
  name: string,
  image: string,
  annotations: Readonly<Record<string, string>>,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, annotations },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'hello', image, imagePullPolicy: 'IfNotPresent' }],
    },
  };
}

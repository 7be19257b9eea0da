import type { Attack } from '../attack.ts';
import { expectRefusalIsTold } from '../refused-creates.ts';

const words = 'no Jobs on this floor';

export const attack: Attack = {
  name: 'policy-says-no',
  kind: "stops others' builds",
  rights: 'a tenant in whose namespace an admission policy refuses every Job',
  steps: 'makes more NixBuilds than there are slots, and a Pod that waits for one',
  holds: "they are told in the policy's words, and hold no slot",
  quick: false,
  alone: true,
  async run(session) {
    const { admin, attacker } = session;
    const name = attacker.namespace;
    const kinds = 'validatingadmissionpolicy,validatingadmissionpolicybinding';
    session.atTheEnd(() => admin.kubectl(['delete', kinds, name]));
    const items = policy(name);
    await admin.kubectl(['create', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await session.waitFor('the policy is in force', async () => {
      const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'probe' }, spec: probe };
      const refused = attacker.kubectl(['create', '--dry-run=server', '--filename=-'], JSON.stringify(job));
      return await refused.then(() => undefined, String);
    });
    await expectRefusalIsTold(session, new RegExp(words));
  },
};

const probe = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'a.example/x:1' }] } } };

function policy(name: string): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const jobs = { apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['jobs'] };
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [jobs] },
        validations: [{ expression: 'false', message: words }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], matchResources },
    },
  ];
}

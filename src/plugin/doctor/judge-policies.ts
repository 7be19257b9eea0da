import type { Facts, PolicyFacts, PolicyState } from './facts.ts';
import { byCommand, type Finding, notAllowed } from './finding.ts';
import { applied } from './judge-installation.ts';

const check = 'policies';

/** What nothing refuses without the policies of a file. SECURITY.md relies on them. */
const meanings: Readonly<Record<string, string>> = {
  'deploy/admission-jobs.yaml':
    "whoever gets hold of the account of enbi's controller can run any program on every node, with any of its directories",
  'deploy/admission-objects.yaml':
    "whoever gets hold of the account of enbi's controller can change the images of all Pods, and make or delete volumes and Jobs of anybody",
  'deploy/admission-tenants.yaml':
    'whoever may write NixBuilds, Pods or Jobs can write what only enbi is to write (labels, a status), and objects of any size',
};

/** One finding for a file: its policies have one purpose, and are applied together. Where enbi is not, none are missed. */
export function judgePolicies({ policies, controller, kubectl }: Facts): readonly Finding[] {
  return controller === undefined ? [] : policies.map((file) => judgeFile(file, kubectl));
}

function judgeFile({ file, objects }: PolicyFacts, kubectl: string): Finding {
  const wrong = [
    ...namesOf('missing', 'missing', objects),
    ...namesOf('another version', 'not as this plugin has it', objects),
  ];
  if (wrong.length > 0) {
    const message = `${wrong.join('; ')}. Without them ${meanings[file] ?? 'what they refuse is allowed'}`;
    const why = "upgrade the chart with admissionPolicies: true, or in a checkout of the controller's version";
    return { health: 'WARN', check, about: file, message, ...byCommand(applied(kubectl, file), why) };
  }
  if (objects.some(({ state }) => state === 'forbidden')) {
    return notAllowed(check, 'look at ValidatingAdmissionPolicies and their bindings', file);
  }
  return { health: 'OK', check, about: file, message: `all ${objects.length} policies and bindings are there` };
}

function namesOf(state: PolicyState, title: string, objects: PolicyFacts['objects']): readonly string[] {
  const names = objects.filter((each) => each.state === state).map(({ name }) => name);
  return names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
}

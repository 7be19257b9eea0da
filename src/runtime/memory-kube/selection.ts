import { fieldsOf, metadataOf } from '../identity.ts';
import type { Selection } from '../kube-client.ts';

/** True when the object is selected. Label selectors of equality and existence, and field selectors of any path. */
export function isSelected(raw: unknown, { namespace, labelSelector, fieldSelector }: Selection): boolean {
  const { namespace: own, labels } = metadataOf(raw);
  return (
    (namespace === undefined || namespace === own) &&
    meets(labelSelector, (name) => fieldsOf(labels)[name]) &&
    meets(fieldSelector, (path) => path.split('.').reduce<unknown>((at, name) => fieldsOf(at)[name], raw) ?? '')
  );
}

function meets(selector: string | undefined, valueOf: (name: string) => unknown): boolean {
  const requirements = selector?.split(',').filter((requirement) => requirement !== '') ?? [];
  return requirements.every((requirement) => {
    const [, not, name = '', operator, value] = /^(!?)([^!=]+)(!=|==?)?(.*)$/.exec(requirement.trim()) ?? [];
    const found = valueOf(name);
    if (operator === undefined) return (found !== undefined) === (not === '');
    return (found === value) === (operator !== '!=');
  });
}

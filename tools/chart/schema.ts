import { keysAt, settingAt } from './settings-tree.ts';

type Schema = Readonly<Record<string, unknown>>;

/** charts/enbi/values.schema.json: what Helm refuses before anything is sent to the cluster. */
export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart enbi',
    ...objectOf({ ...written, ...below([]) }),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** The values that are not settings of the controller, as charts/enbi/values.yaml describes them. */
const written: Readonly<Record<string, Schema>> = {
  image: objectOf({
    repository: { type: 'string', minLength: 1 },
    tag: { type: 'string', pattern: String.raw`^(\w[\w.-]{0,127})?$` },
    pullPolicy: { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
  }),
  replicas: { type: 'integer', minimum: 0 },
  podAnnotations: texts(),
  podLabels: texts(),
  resources: { type: 'object' },
  nodeSelector: texts(),
  tolerations: { type: 'array', items: { type: 'object' } },
  affinity: { type: 'object' },
  priorityClassName: { type: 'string' },
  userRoles: { type: 'boolean' },
  admissionPolicies: { type: 'boolean' },
  networkPolicies: { type: 'boolean' },
  uninstall: objectOf({ purge: { type: 'boolean' }, timeoutSeconds: { type: 'integer', minimum: 1 } }),
  // Helm gives these to every chart that is part of another one.
  global: { type: 'object' },
};

function below(prefix: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(
    keysAt(prefix).map((key) => {
      const path = [...prefix, key];
      const found = settingAt(path)?.setting;
      if (found === undefined) return [key, objectOf(below(path))];
      return [key, found.fallback === undefined ? orUnset(found.kind.schema) : found.kind.schema];
    }),
  );
}

function objectOf(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, additionalProperties: false };
}

function texts(): Schema {
  return { type: 'object', additionalProperties: { type: 'string' } };
}

function orUnset(schema: Schema): Schema {
  return { ...schema, type: [schema['type'], 'null'] };
}

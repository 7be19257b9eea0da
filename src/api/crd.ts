import * as z from 'zod';
import { group, version } from './labels.ts';
import { NixBuildSpec, NixBuildStatus } from './nix-build.ts';
import { NixStoreSpec, NixStoreStatus } from './nix-store.ts';
import { structural } from './structural.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const nixBuild: Kind = {
  kind: 'NixBuild',
  plural: 'nixbuilds',
  shortNames: ['nb'],
  scope: 'Namespaced',
  description: 'Builds one package of a flake into an image and loads it on the nodes that need it.',
  spec: NixBuildSpec,
  status: NixBuildStatus,
  columns: [
    { name: 'Image Tag', type: 'string', jsonPath: '.spec.imageTag' },
    { name: 'System', type: 'string', jsonPath: '.spec.system' },
    { name: 'Status', type: 'string', jsonPath: '.status.status' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress' },
    { name: 'Build Node', type: 'string', jsonPath: '.status.buildNode' },
    age,
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 },
    { name: 'Isolation', type: 'string', jsonPath: '.status.isolation', priority: 1 },
    { name: 'Package', type: 'string', jsonPath: '.spec.packageName', priority: 1 },
    { name: 'Flake', type: 'string', jsonPath: '.spec.flakeUrl', priority: 1 },
    { name: 'Locked URL', type: 'string', jsonPath: '.status.lockedUrl', priority: 1 },
  ],
};

const nixStore: Kind = {
  kind: 'NixStore',
  plural: 'nixstores',
  shortNames: ['nst'],
  scope: 'Cluster',
  description: "One tenant's Nix store on one node.",
  spec: NixStoreSpec,
  status: NixStoreStatus,
  columns: [
    { name: 'Node', type: 'string', jsonPath: '.spec.node' },
    { name: 'Tenant', type: 'string', jsonPath: '.spec.tenant' },
    { name: 'Size', type: 'string', jsonPath: '.status.size' },
    { name: 'Free', type: 'string', jsonPath: '.status.free' },
    { name: 'Last GC', type: 'date', jsonPath: '.status.lastGC' },
    { name: 'Ready', type: 'string', jsonPath: '.status.ready' },
    age,
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope', priority: 1 },
    { name: 'Last Used', type: 'date', jsonPath: '.status.lastUsed', priority: 1 },
  ],
};

/** A spec that never changes after creation, checked by the API server. */
const immutable = { rule: 'self == oldSelf', message: 'spec is immutable: create another object instead' };

function customResourceDefinition(kind: Kind): object {
  const spec = { ...structural(kind.spec), 'x-kubernetes-validations': [immutable] };
  const schema = {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status: structural(kind.status),
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** The definitions to apply to a cluster, one object per kind. */
export const customResourceDefinitions: readonly object[] = [nixBuild, nixStore].map(customResourceDefinition);

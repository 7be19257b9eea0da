import * as z from 'zod';
import { ceilings } from './ceilings.ts';
import { Conditions } from './conditions.ts';
import { scopePattern } from './order.ts';

/** A tenant's Nix store on one node: directories, a PersistentVolume and a claim in the tenant's namespace. */
export const NixStoreSpec = z
  .object({
    node: z.string().min(1).max(253).meta({ description: 'Node whose disk holds the store.' }),
    tenant: z.string().min(1).max(63).meta({ description: 'Namespace whose builds use the store.' }),
    tenantUid: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Of that namespace: one of the same name is another tenant.' }),
    scope: z.string().regex(scopePattern).optional().meta({
      description: 'Digest of the repository whose flakes use the store. Absent: all of the namespace that share one.',
    }),
  })
  .meta({ description: 'Which store this is. Immutable; made by enbi, one per node, tenant and scope.' });
export type NixStoreSpec = z.infer<typeof NixStoreSpec>;

const bytes = z.number().int().min(0).max(ceilings.reportedBytes.value);

/** Read field by field, as a NixBuild's: `fieldsThatFit`. */
export const NixStoreStatus = z.object({
  ready: z.enum(['True', 'False']).optional(),
  path: z.string().max(4096).optional().meta({ description: 'Directory on the node.' }),
  volumeName: z.string().max(253).optional(),
  claimName: z.string().max(253).optional().meta({ description: "Claim in the tenant's namespace." }),
  prepared: z.boolean().optional().meta({ description: 'The directories exist and belong to the uid of builds.' }),
  layout: z.string().max(256).optional().meta({ description: 'Which directories; another enbi may need others.' }),
  sizeBytes: bytes.optional(),
  freeBytes: bytes.optional(),
  size: z.string().max(64).optional().meta({ description: 'sizeBytes, for people.' }),
  free: z.string().max(64).optional().meta({ description: 'freeBytes, for people.' }),
  imageNames: z
    .array(z.string().regex(/^[0-9a-f]{32}$/))
    .max(ceilings.namesOfStore.value)
    .optional()
    .meta({
      description:
        'Digests of the image names that were loaded from this store, the latest last: they are its namespace’s.',
    }),
  lastUsed: z.iso.datetime().optional().meta({ description: 'When a build last ended in it.' }),
  lastGC: z.iso.datetime().optional(),
  observedGeneration: z.number().int().min(0).optional(),
  conditions: Conditions.optional(),
});
export type NixStoreStatus = z.infer<typeof NixStoreStatus>;

import { printableLine } from '../../printable.ts';
import type { Rule } from './situation.ts';
import { buildRef } from './status.ts';

/**
 * A flake was corrected under the same image name, say: whatever this one came to would be loaded under the name that Pods wait for. It goes, and
 * is made anew when a Pod asks for it again.
 */
export const isSuperseded: Rule = ({ build, successor }) => {
  if (successor === undefined) return undefined;
  const { name } = successor.metadata;
  const { packageName, flakeUrl } = successor.spec;
  const message =
    `no Pod asks for it any more: Pods have ${build.spec.imageTag} made of ${packageName} of ${printableLine(flakeUrl, 200)} by now, ` +
    `which NixBuild ${name} does`;
  return {
    because: 'Superseded',
    actions: [{ type: 'delete', ref: buildRef(build) }],
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'Cancelled', message }],
  };
};

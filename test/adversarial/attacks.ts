import type { Attack } from './attack.ts';
import { attack as anothersStore } from './attacks/anothers-store.ts';
import { attack as claimMadeFirst } from './attacks/claim-made-first.ts';
import { attack as controllerAccount } from './attacks/controller-account.ts';
import { attack as crowd } from './attacks/crowd.ts';
import { attack as eventFlood } from './attacks/event-flood.ts';
import { attack as foreignFinalizer } from './attacks/foreign-finalizer.ts';
import { attack as forgedOwner } from './attacks/forged-owner.ts';
import { attack as hookInClone } from './attacks/hook-in-clone.ts';
import { attack as invalidSecretName } from './attacks/invalid-secret-name.ts';
import { attack as jobMadeFirst } from './attacks/job-made-first.ts';
import { attack as jobsQuota } from './attacks/jobs-quota.ts';
import { attack as largeBuilds } from './attacks/large-builds.ts';
import { attack as lineBreaks } from './attacks/line-breaks.ts';
import { attack as longAnnotation } from './attacks/long-annotation.ts';
import { attack as manyAnnotations } from './attacks/many-annotations.ts';
import { attack as missingSecret } from './attacks/missing-secret.ts';
import { attack as nameOfAnother } from './attacks/name-of-another.ts';
import { attack as othersPodsNames } from './attacks/others-pods-names.ts';
import { attack as policySaysNo } from './attacks/policy-says-no.ts';
import { attack as publicNames } from './attacks/public-names.ts';
import { attack as sandboxImage } from './attacks/sandbox-image.ts';
import { attack as setuidInStore } from './attacks/setuid-in-store.ts';
import { attack as stageScript } from './attacks/stage-script.ts';
import { attack as storageQuota } from './attacks/storage-quota.ts';
import { attack as storeOfAnotherFlake } from './attacks/store-of-another-flake.ts';
import { attack as suspendedJob } from './attacks/suspended-job.ts';

/** Every file of attacks/, by name. */
export const attacks: readonly Attack[] = [
  anothersStore,
  claimMadeFirst,
  controllerAccount,
  crowd,
  eventFlood,
  foreignFinalizer,
  forgedOwner,
  hookInClone,
  invalidSecretName,
  jobMadeFirst,
  jobsQuota,
  largeBuilds,
  lineBreaks,
  longAnnotation,
  manyAnnotations,
  missingSecret,
  nameOfAnother,
  othersPodsNames,
  policySaysNo,
  publicNames,
  sandboxImage,
  setuidInStore,
  stageScript,
  storageQuota,
  storeOfAnotherFlake,
  suspendedJob,
];

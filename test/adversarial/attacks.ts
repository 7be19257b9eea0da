import type { Attack } from './attack.ts';
import { attack as agentImpersonated } from './attacks/agent-impersonated.ts';
import { attack as anothersStore } from './attacks/anothers-store.ts';
import { attack as archiveEndless } from './attacks/archive-endless.ts';
import { attack as cacheEndless } from './attacks/cache-endless.ts';
import { attack as cacheRedirects } from './attacks/cache-redirects.ts';
import { attack as claimMadeFirst } from './attacks/claim-made-first.ts';
import { attack as claimOfAnothersVolume } from './attacks/claim-of-anothers-volume.ts';
import { attack as controllerAccount } from './attacks/controller-account.ts';
import { attack as crowd } from './attacks/crowd.ts';
import { attack as deadlineTakenOff } from './attacks/deadline-taken-off.ts';
import { attack as eventFlood } from './attacks/event-flood.ts';
import { attack as falseDiffId } from './attacks/false-diff-id.ts';
import { attack as figuresOfOthers } from './attacks/figures-of-others.ts';
import { attack as foreignFinalizer } from './attacks/foreign-finalizer.ts';
import { attack as forgedOwner } from './attacks/forged-owner.ts';
import { attack as forgedResult } from './attacks/forged-result.ts';
import { attack as forkBomb } from './attacks/fork-bomb.ts';
import { attack as gitDrips } from './attacks/git-drips.ts';
import { attack as gitEndless } from './attacks/git-endless.ts';
import { attack as gitHuge } from './attacks/git-huge.ts';
import { attack as gitRedirects } from './attacks/git-redirects.ts';
import { attack as hiddenTexts } from './attacks/hidden-texts.ts';
import { attack as hookInClone } from './attacks/hook-in-clone.ts';
import { attack as hookInSandbox } from './attacks/hook-in-sandbox.ts';
import { attack as hostileConfig } from './attacks/hostile-config.ts';
import { attack as hugeLog } from './attacks/huge-log.ts';
import { attack as invalidSecretName } from './attacks/invalid-secret-name.ts';
import { attack as jobMadeFirst } from './attacks/job-made-first.ts';
import { attack as jobsKept } from './attacks/jobs-kept.ts';
import { attack as jobsQuota } from './attacks/jobs-quota.ts';
import { attack as labelledAsEnbis } from './attacks/labelled-as-enbis.ts';
import { attack as largeBuilds } from './attacks/large-builds.ts';
import { attack as lineBreaks } from './attacks/line-breaks.ts';
import { attack as longAnnotation } from './attacks/long-annotation.ts';
import { attack as lyingBuild } from './attacks/lying-build.ts';
import { attack as lyingEvaluation } from './attacks/lying-evaluation.ts';
import { attack as lyingEvents } from './attacks/lying-events.ts';
import { attack as manyAnnotations } from './attacks/many-annotations.ts';
import { attack as memoryFilled } from './attacks/memory-filled.ts';
import { attack as missingSecret } from './attacks/missing-secret.ts';
import { attack as nameOfAnother } from './attacks/name-of-another.ts';
import { attack as namesAlike } from './attacks/names-alike.ts';
import { attack as namesOfEnbis } from './attacks/names-of-enbis.ts';
import { attack as othersPodsNames } from './attacks/others-pods-names.ts';
import { attack as patchedAtEveryMoment } from './attacks/patched-at-every-moment.ts';
import { attack as pinsFillNode } from './attacks/pins-fill-node.ts';
import { attack as plantedStoreRemoved } from './attacks/planted-store-removed.ts';
import { attack as policySaysNo } from './attacks/policy-says-no.ts';
import { attack as publicNames } from './attacks/public-names.ts';
import { attack as reportsOfOthers } from './attacks/reports-of-others.ts';
import { attack as resultExchanged } from './attacks/result-exchanged.ts';
import { attack as resultLinks } from './attacks/result-links.ts';
import { attack as resultSwapped } from './attacks/result-swapped.ts';
import { attack as sandboxImage } from './attacks/sandbox-image.ts';
import { attack as secretAsInput } from './attacks/secret-as-input.ts';
import { attack as setuidInStore } from './attacks/setuid-in-store.ts';
import { attack as silentConnections } from './attacks/silent-connections.ts';
import { attack as sleepingBuilds } from './attacks/sleeping-builds.ts';
import { attack as stageScript } from './attacks/stage-script.ts';
import { attack as statusTakesSlots } from './attacks/status-takes-slots.ts';
import { attack as storageQuota } from './attacks/storage-quota.ts';
import { attack as storeFilled } from './attacks/store-filled.ts';
import { attack as storeOfAnotherFlake } from './attacks/store-of-another-flake.ts';
import { attack as suspendedJob } from './attacks/suspended-job.ts';
import { attack as temporaryFilled } from './attacks/temporary-filled.ts';
import { attack as uninstallHeldUp } from './attacks/uninstall-held-up.ts';

/** Every file of attacks/, by name. */
export const attacks: readonly Attack[] = [
  agentImpersonated,
  anothersStore,
  archiveEndless,
  cacheEndless,
  cacheRedirects,
  claimMadeFirst,
  claimOfAnothersVolume,
  controllerAccount,
  crowd,
  deadlineTakenOff,
  eventFlood,
  falseDiffId,
  figuresOfOthers,
  foreignFinalizer,
  forgedOwner,
  forgedResult,
  forkBomb,
  gitDrips,
  gitEndless,
  gitHuge,
  gitRedirects,
  hiddenTexts,
  hookInClone,
  hookInSandbox,
  hostileConfig,
  hugeLog,
  invalidSecretName,
  jobMadeFirst,
  jobsKept,
  jobsQuota,
  labelledAsEnbis,
  largeBuilds,
  lineBreaks,
  longAnnotation,
  lyingBuild,
  lyingEvaluation,
  lyingEvents,
  manyAnnotations,
  memoryFilled,
  missingSecret,
  nameOfAnother,
  namesAlike,
  namesOfEnbis,
  othersPodsNames,
  patchedAtEveryMoment,
  pinsFillNode,
  plantedStoreRemoved,
  policySaysNo,
  publicNames,
  reportsOfOthers,
  resultExchanged,
  resultLinks,
  resultSwapped,
  sandboxImage,
  secretAsInput,
  setuidInStore,
  silentConnections,
  sleepingBuilds,
  stageScript,
  statusTakesSlots,
  storageQuota,
  storeFilled,
  storeOfAnotherFlake,
  suspendedJob,
  temporaryFilled,
  uninstallHeldUp,
];

import { ceilings } from '../api/ceilings.ts';
import { specLength } from '../api/nix-build.ts';
import { cutText, wholeText } from './bounded.ts';
import { listOf, type Raw, rawOf, textOf } from './raw.ts';

/** Where an image of a Pod is named: one of the three lists of containers, or a volume that is an image. */
export type ContainerList = 'init' | 'app' | 'ephemeral' | 'volume';

/** A container of a Pod, or a volume of it that is an image: whatever may wait for one. */
export interface ContainerView {
  readonly list: ContainerList;
  readonly name: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** Why the container waits, for example ErrImagePull; undefined when it does not, or waits for a volume's image. */
  readonly waiting?: string;
  /** The kubelet's words for it; kept of enbi's own Pods, and not while the image is missing or nothing is wrong. */
  readonly complaint?: string;
  readonly running: boolean;
  /** Of a volume: a container that mounts it has come further than to look for it. */
  readonly isThere?: true;
  /** When the run before this one ended: it had the image. Of a volume, that of the waiting container. */
  readonly lastFinishedAt?: string;
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly message: string;
    readonly finishedAt: string;
  };
}

/** Why a container waits while its image is missing (kubernetes/pkg/kubelet/images/types.go). */
const imageIsMissing = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'RegistryUnavailable']);

/** Why a container waits whose image would not be used if it were there: building would not help. */
const imageIsUnusable = new Set(['InvalidImageName', 'ImageInspectError', 'SignatureValidationFailed']);

export function waitsForImage({ waiting }: ContainerView): boolean {
  return waiting !== undefined && lacksImage(waiting);
}

/** By the kubelet's reason. */
export function lacksImage(waiting: string): boolean {
  return imageIsMissing.has(waiting);
}

export function cannotUseImage({ waiting }: ContainerView): boolean {
  return waiting !== undefined && imageIsUnusable.has(waiting);
}

/** A container's spec and status, and the volumes it mounts that are images. */
interface Slot {
  readonly list: ContainerList;
  readonly spec: Raw;
  readonly status: Raw;
  readonly imageVolumes: readonly Raw[];
}

interface PodParts {
  readonly spec: Raw;
  readonly status: Raw;
}

/** How many containers and image volumes a Pod has. */
export function countContainers(spec: Raw): number {
  const lists = [spec.initContainers, spec.containers, spec.ephemeralContainers, imageVolumesOf(spec)];
  return lists.reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

/** What is kept of a Pod's containers. */
export interface KeptContainers {
  /** At most so many. */
  readonly most: number;
  readonly complaints: boolean;
}

/** The first ones; each container is held against each volume. */
export function projectContainers({ spec, status }: PodParts, { most, complaints }: KeptContainers): ContainerView[] {
  const volumes = imageVolumesOf(spec).slice(0, most);
  const slots = [
    ...slotsOf('init', spec.initContainers, status.initContainerStatuses, volumes),
    ...slotsOf('app', spec.containers, status.containerStatuses, volumes),
    ...slotsOf('ephemeral', spec.ephemeralContainers, status.ephemeralContainerStatuses, volumes),
  ].slice(0, most);
  const containers = slots.map((slot) => ({ ...containerOf(slot), ...(complaints ? complaintOf(slot) : {}) }));
  return [...containers, ...volumes.map((volume) => volumeOf(volume, slots))].slice(0, most);
}

function imageVolumesOf(spec: Raw): Raw[] {
  return listOf(spec.volumes).filter((volume) => volume.image !== undefined);
}

function slotsOf(list: ContainerList, specs: unknown, statuses: unknown, volumes: readonly Raw[]): Slot[] {
  const byName = new Map(listOf(statuses).map((status) => [textOf(status.name), status]));
  return listOf(specs)
    .slice(0, ceilings.podContainers.value)
    .map((spec) => {
      const mounted = new Set(listOf(spec.volumeMounts).map((mount) => textOf(mount.name)));
      const imageVolumes = volumes.filter((volume) => mounted.has(textOf(volume.name)));
      return { list, spec, status: byName.get(textOf(spec.name)) ?? {}, imageVolumes };
    });
}

function containerOf(slot: Slot): ContainerView {
  const { list, spec, status } = slot;
  const state = rawOf(status.state);
  const waiting = waitingOf(status).reason;
  return {
    list,
    name: textOf(spec.name),
    image: imageOf(spec.image),
    pullPolicy: textOf(spec.imagePullPolicy),
    ...(waiting === '' || waitsForVolume(slot) ? {} : { waiting }),
    running: state.running !== undefined,
    ...lastRunOf(status),
    ...(state.terminated === undefined ? {} : { terminated: terminatedOf(rawOf(state.terminated)) }),
  };
}

/** States of a container that is on its way. */
const onItsWay = new Set(['', 'PodInitializing', 'ContainerCreating']);

export function isStartingUp({ waiting = '' }: Pick<ContainerView, 'waiting'>): boolean {
  return onItsWay.has(waiting);
}

function complaintOf({ status }: Slot): Pick<ContainerView, 'complaint'> {
  const { reason, message } = waitingOf(status);
  return message === '' || onItsWay.has(reason) || imageIsMissing.has(reason) ? {} : { complaint: message };
}

/**
 * The kubelet looks for the images of a container's volumes before its own, and says what became of them as the container's
 * waiting reason (toKubeContainerImageVolumes in kubernetes/pkg/kubelet/kuberuntime/kuberuntime_manager.go). Whose image is
 * missing stands only in the message; one that names neither ("pull QPS exceeded") is followed by a back-off that does.
 */
function waitsForVolume({ spec, status, imageVolumes }: Slot): boolean {
  return imageVolumes.length > 0 && isAboutImage(status) && !names(status, imageOf(spec.image));
}

function volumeOf(volume: Raw, slots: readonly Slot[]): ContainerView {
  const image = rawOf(volume.image);
  const reference = imageOf(image.reference);
  const waits = slots.find(
    ({ status, imageVolumes }) => imageVolumes.includes(volume) && isAboutImage(status) && names(status, reference),
  );
  return {
    list: 'volume',
    name: textOf(volume.name),
    image: reference,
    pullPolicy: textOf(image.pullPolicy),
    running: false,
    ...(slots.some((slot) => slot.imageVolumes.includes(volume) && isPastVolumes(slot)) ? { isThere: true } : {}),
    ...(waits === undefined ? {} : { waiting: waitingOf(waits.status).reason, ...lastRunOf(waits.status) }),
  };
}

/** It looks for its own image, or runs, or has run. */
function isPastVolumes(slot: Slot): boolean {
  const { state, lastState } = slot.status;
  const { running, terminated } = rawOf(state);
  const hasRun = [running, terminated, rawOf(lastState).terminated].some((seen) => seen !== undefined);
  return hasRun || (isAboutImage(slot.status) && names(slot.status, imageOf(slot.spec.image)));
}

function isAboutImage(status: Raw): boolean {
  const { reason } = waitingOf(status);
  return imageIsMissing.has(reason) || imageIsUnusable.has(reason);
}

/** Whether the kubelet's message names this image, not one whose name only begins like it. */
function names(status: Raw, image: string): boolean {
  const words = waitingOf(status).message.split(/[\s"']+/);
  return words.some((word) => word.replace(/[:;,.]$/, '') === image);
}

function waitingOf(status: Raw): { readonly reason: string; readonly message: string } {
  const waiting = rawOf(rawOf(status.state).waiting);
  return {
    reason: cutText(textOf(waiting.reason), ceilings.word.value),
    message: cutText(textOf(waiting.message), ceilings.kubeletMessage.value),
  };
}

/** No image can be called by a longer name; Kubernetes takes any text. */
function imageOf(text: unknown): string {
  return wholeText(textOf(text), specLength.imageTag);
}

function lastRunOf(status: Raw): Pick<ContainerView, 'lastFinishedAt'> {
  const lastFinishedAt = textOf(rawOf(rawOf(status.lastState).terminated).finishedAt);
  return lastFinishedAt === '' ? {} : { lastFinishedAt };
}

function terminatedOf(state: Raw): NonNullable<ContainerView['terminated']> {
  return {
    exitCode: Number(state.exitCode ?? 0),
    reason: cutText(textOf(state.reason), ceilings.word.value),
    message: cutText(textOf(state.message), ceilings.kubeletMessage.value),
    finishedAt: textOf(state.finishedAt),
  };
}

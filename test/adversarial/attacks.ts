import type { Attack } from './attack.ts';
import { attack as foreignFinalizer } from './attacks/foreign-finalizer.ts';
import { attack as longAnnotation } from './attacks/long-annotation.ts';
import { attack as manyAnnotations } from './attacks/many-annotations.ts';

/** Every file of attacks/, by name. */
export const attacks: readonly Attack[] = [foreignFinalizer, longAnnotation, manyAnnotations];

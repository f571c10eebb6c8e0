import type { Study } from './study.js';

/** Every study, in the order of the papers. */
export const studies: readonly Study[] = [];

/** The study of a name, or `null`. */
export const findStudy = (name: string): Study | null => studies.find((study) => study.name === name) ?? null;

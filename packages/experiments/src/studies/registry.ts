import { fig11 } from './fig11/fig11.js';
import { fig9 } from './fig9/fig9.js';
import type { Study } from './study.js';

/**
 * Every study, in the order of the papers. What is imported here is the description only: a study loads its code when
 * it is run, so that the command line answers at once.
 */
export const studies: readonly Study[] = [fig9, fig11];

/** The study of a name, or `null`. */
export const findStudy = (name: string): Study | null => studies.find((study) => study.name === name) ?? null;

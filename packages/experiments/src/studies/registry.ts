import { calibration } from './calibration/calibration.js';
import { circle } from './circle/circle.js';
import { dihedrals } from './likelihood/dihedrals.js';
import { dimensionScan } from './dimension-scan/dimension-scan.js';
import { earth } from './likelihood/earth.js';
import { fig1 } from './fig1/fig1.js';
import { fig10 } from './fig10/fig10.js';
import { fig11 } from './fig11/fig11.js';
import { fig2 } from './fig2/fig2.js';
import { fig3 } from './fig3/fig3.js';
import { fig4 } from './fig4/fig4.js';
import { fig5 } from './fig5/fig5.js';
import { fig6 } from './fig6/fig6.js';
import { fig9 } from './fig9/fig9.js';
import { instability } from './instability/instability.js';
import { lorenzStudy } from './lorenz/lorenz.js';
import { particlePhysicsStudy } from './particle-physics/particle-physics.js';
import { polynomialSurfaceStudy } from './polynomial-surface/polynomial-surface.js';
import type { Study } from './study.js';
import { table1 } from './table1/table1.js';
import { table3 } from './table3/table3.js';

/**
 * Every study, in the order of the papers. What is imported here is the description only: a study loads its code when
 * it is run, so that the command line answers at once.
 */
export const studies: readonly Study[] = [
  fig1,
  fig2,
  fig3,
  fig4,
  fig5,
  fig6,
  fig9,
  fig10,
  fig11,
  table1,
  table3,
  calibration,
  earth,
  dihedrals,
  circle,
  instability,
  polynomialSurfaceStudy,
  lorenzStudy,
  particlePhysicsStudy,
  dimensionScan,
];

/** The study of a name, or `null`. */
export const findStudy = (name: string): Study | null => studies.find((study) => study.name === name) ?? null;

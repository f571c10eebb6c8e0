import { emitArgExtreme, emitCumulative } from './along-axis.js';
import { emitCopy } from './copy.js';
import { emitDot } from './dot.js';
import type { EmitRule } from './emit.js';
import { emitGroup } from './group.js';
import { emitGather, emitGatherNd, emitOneHot, emitScatterNd, emitSegmentSum } from './indexing.js';
import { emitCholesky, emitTriangularSolve } from './linear-algebra.js';
import { emitMatMul } from './matmul.js';
import {
  emitInteger,
  emitKeyFold,
  emitKeySplit,
  emitNormal,
  emitPermutation,
  emitUniform,
} from './random.js';
import { emitReduce } from './reduce.js';
import { emitTopK } from './top-k.js';

/** How to write the code of each kind of step but loops and islands. */
export const emitRules: ReadonlyMap<string, EmitRule> = new Map<string, EmitRule>([
  ['Group', emitGroup],
  ['MatMul', emitMatMul],
  ['Dot', emitDot],
  ['Reduce', emitReduce],
  ['Copy', emitCopy],
  ['Gather', emitGather],
  ['SegmentSum', emitSegmentSum],
  ['GatherNd', emitGatherNd],
  ['ScatterNd', emitScatterNd],
  ['OneHot', emitOneHot],
  ['TopK', emitTopK],
  ['Cumulative', emitCumulative],
  ['ArgExtreme', emitArgExtreme],
  ['Cholesky', emitCholesky],
  ['TriangularSolve', emitTriangularSolve],
  ['RandomUniform', emitUniform],
  ['RandomNormal', emitNormal],
  ['RandomInteger', emitInteger],
  ['RandomPermutation', emitPermutation],
  ['KeySplit', emitKeySplit],
  ['KeyFold', emitKeyFold],
]);

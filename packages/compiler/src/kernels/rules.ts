import { emitArgExtreme, emitCumsum } from './along-axis.js';
import { emitCopy } from './copy.js';
import { emitDot } from './dot.js';
import type { EmitRule } from './emit.js';
import { emitGroup } from './group.js';
import { emitGather, emitOneHot, emitSegmentSum } from './indexing.js';
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

/** How to write the code of each kind of step but loops and islands. */
export const emitRules: ReadonlyMap<string, EmitRule> = new Map<string, EmitRule>([
  ['Group', emitGroup],
  ['MatMul', emitMatMul],
  ['Dot', emitDot],
  ['Reduce', emitReduce],
  ['Copy', emitCopy],
  ['Gather', emitGather],
  ['SegmentSum', emitSegmentSum],
  ['OneHot', emitOneHot],
  ['Cumsum', emitCumsum],
  ['ArgExtreme', emitArgExtreme],
  ['RandomUniform', emitUniform],
  ['RandomNormal', emitNormal],
  ['RandomInteger', emitInteger],
  ['RandomPermutation', emitPermutation],
  ['KeySplit', emitKeySplit],
  ['KeyFold', emitKeyFold],
]);

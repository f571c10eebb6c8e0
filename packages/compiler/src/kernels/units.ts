import type { GroupAttrs } from '../fuse/group.js';
import { sizeOf, type Step } from '../lower/block.js';
import type { CopyAttrs } from '../lower/copies.js';
import type { ProductAttrs } from '../lower/products.js';
import type { ReduceAttrs } from '../lower/reductions.js';
import { boxLoops } from './copy.js';
import { groupLoops } from './group.js';
import { hostFunctions } from './host-math.js';
import { rowUnits } from './product.js';
import { drawUnits } from './random.js';
import { reduceUnits } from './reduce.js';

/** Pieces of a step that can be computed apart, each by the instructions that would compute it among the others. */
export interface Units {
  readonly count: number;
  /** Parts are made of so many units, or of all that is left. */
  readonly grain: number;
  /** So many units together take less time each; default `grain`. */
  readonly several?: number;
}

/** What a step can be cut into; `null` for what is computed in one go. The rule of its kind takes a `part`. */
export function unitsOf(step: Step): Units | null {
  switch (step.op) {
    case 'Group': {
      const group = step.attrs as unknown as GroupAttrs;
      // Other threads have no host to ask.
      if (group.nodes.some(({ op }) => hostFunctions.has(op))) return null;
      const { outer, inner } = groupLoops(group);
      return { count: outer.length > 0 ? outer[0] : Math.ceil(inner / 4), grain: 1 };
    }
    case 'MatMul':
    case 'Dot':
      return rowUnits(step.attrs as unknown as ProductAttrs);
    case 'Reduce':
      return { count: reduceUnits(step.attrs as unknown as ReduceAttrs), grain: 1 };
    case 'Copy': {
      const { boxes, fill } = step.attrs as unknown as CopyAttrs;
      const [box] = boxes;
      const whole = sizeOf(box.sizes) === sizeOf(step.outputs[0].shape);
      if (boxes.length > 1 || (fill !== undefined && !whole)) return null;
      const { dims } = boxLoops(box);
      return dims.length < 2 ? null : { count: dims[0], grain: 1 };
    }
    case 'RandomUniform':
    case 'RandomNormal':
      return { count: drawUnits(sizeOf(step.outputs[0].shape)), grain: 1 };
    case 'Strips':
      return step.strips === undefined ? null : { count: step.strips.count, grain: 1 };
    default:
      return null;
  }
}

import type { EstimatedDimension } from '../../run/estimate-dimension.js';
import { planFit, type FitPlanOptions } from '../../run/plan-fit.js';
import { interruptible } from '../interrupts.js';
import type { RunOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { isFast, launch } from './run.js';

/** Options of `ebim fit`. */
export interface FitOptions extends RunOptions {
  readonly manifoldDim?: number;
  readonly coordinates?: FitPlanOptions['coordinates'];
  readonly delimiter?: FitPlanOptions['delimiter'];
  readonly columns?: readonly (string | number)[];
}

/** `ebim fit <points>` */
export async function fitCommand(
  path: string,
  options: FitOptions,
  out: Terminal,
  words: readonly string[],
): Promise<number> {
  const { manifoldDim, ...rest } = options;
  let said = false;
  const onEstimate = ({ reason, ...estimate }: EstimatedDimension): void => {
    // Every seed plans anew, from the same points.
    if (said) return;
    said = true;
    out.say(reason);
    out.emit({ type: 'manifold-dimension', ...estimate });
  };
  return interruptible(out, (signal) =>
    launch(options, { out, signal, words }, (seed) =>
      planFit(path, {
        ...rest,
        ...(manifoldDim === undefined ? {} : { manifoldDimension: manifoldDim }),
        onEstimate,
        fast: isFast(options),
        ...(seed === undefined ? {} : { seed }),
      }),
    ),
  );
}

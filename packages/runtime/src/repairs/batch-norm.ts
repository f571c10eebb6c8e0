import * as tf from '@tensorflow/tfjs';
import { defineGradient, sumToShape } from './gradients.js';
import { installOnce } from './installed.js';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** The private part of the engine that meets the absent inputs. */
interface RecordingEngine {
  getTensorsForGradient: (kernelName: string, ...rest: unknown[]) => (tf.Tensor | undefined)[];
  addTapeNode: (kernelName: string, inputs: Inputs, ...rest: unknown[]) => void;
}

const kernel = 'FusedBatchNorm';

/**
 * Gives `tf.batchNorm` its gradient where the scale or the offset is left out. As shipped it throws: the
 * engine wants to save, and to follow back, inputs that are not there.
 */
export function repairBatchNorm(): void {
  installOnce('batch-norm', () => {
    const engine = tf.engine() as unknown as RecordingEngine;
    const { getTensorsForGradient, addTapeNode } = engine;
    engine.getTensorsForGradient = function (this: RecordingEngine, kernelName, ...rest) {
      const tensors = getTensorsForGradient.call(this, kernelName, ...rest);
      return kernelName === kernel ? tensors.filter((tensor) => tensor !== undefined) : tensors;
    };
    engine.addTapeNode = function (this: RecordingEngine, kernelName, inputs, ...rest) {
      addTapeNode.call(this, kernelName, kernelName === kernel ? present(inputs) : inputs, ...rest);
    };
    defineGradient<{ varianceEpsilon: number }>(
      kernel,
      { inputs: ['x', 'mean', 'variance', 'scale'] },
      // The scale comes last, so that the others have their places without it.
      (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
        const deviation = tf.rsqrt(tf.add(variance, varianceEpsilon));
        const standardised = (): tf.Tensor => tf.mul(tf.sub(x, mean), deviation);
        const scaled = scale === undefined ? dy : tf.mul(dy, scale);
        return {
          x: () => tf.mul(scaled, deviation),
          mean: () => tf.neg(sumToShape(tf.mul(scaled, deviation), mean.shape)),
          variance: () => {
            const slope = tf.mul(-0.5, tf.square(deviation));
            return sumToShape(tf.mul(tf.mul(scaled, standardised()), slope), variance.shape);
          },
          scale: () => sumToShape(tf.mul(dy, standardised()), mean.shape),
          offset: () => sumToShape(dy, mean.shape),
        };
      },
    );
  });
}

function present(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined));
}

import * as tf from '@tensorflow/tfjs';
import { key, treeDispose, treeMap, type Key, type TensorTree } from '@ebim/runtime';

/** Parameters of a model away from where training begins, which is near the identity. */
export function movedParameters(
  model: { readonly init: (key: Key) => TensorTree },
  distance: number,
): TensorTree {
  const fresh = model.init(key(1));
  const moved = treeMap(
    (leaf) =>
      tf.tidy(() => {
        if (leaf.dtype !== 'float32') return leaf.clone();
        const wave = tf.sin(tf.mul(1.7, tf.reshape(tf.range(0, leaf.size), leaf.shape)));
        return tf.add(leaf, tf.mul(distance, wave));
      }),
    fresh,
  );
  treeDispose(fresh);
  return moved;
}

import {
  CheckpointError,
  treeClone,
  treeDispose,
  treeLeaves,
  treeMismatch,
  treeUnflatten,
  type TensorTree,
} from '@ebim/runtime';
import type { CheckpointStore } from '@ebim/training';

/** The lowest score so far and the parameters that had it, a copy. */
export interface BestSoFar<P extends TensorTree> {
  /** Keeps a copy of `params` if the score is lower than all before; NaN is not. */
  consider(params: P, epoch: number, score: number): Promise<void>;
  /** Hands over what is kept, once; `null` if there was no finite score. */
  take(): { readonly params: P; readonly epoch: number; readonly score: number } | null;
  dispose(): void;
}

/** The best of a run that may be stopped and resumed: with a store, what was kept before is known again. */
export async function bestSoFar<P extends TensorTree>(
  like: P,
  store: CheckpointStore | undefined,
): Promise<BestSoFar<P>> {
  const found = (await store?.load()) ?? null;
  let best: { params: P; epoch: number; score: number } | null = null;
  if (found !== null) {
    const mismatch = treeMismatch(like, found.tensors);
    if (mismatch) {
      treeDispose(found.tensors);
      throw new CheckpointError({
        code: 'other-structure',
        where: `trainStages({ stores }), tensor "${mismatch.path}"`,
        expected: mismatch.expected,
        received: `${mismatch.received} in the checkpoint`,
        hint: 'The checkpoint is of another model: resume with the same options, or use empty stores.',
        details: { ...mismatch },
      });
    }
    const { epoch, score } = found.meta as { epoch: number; score: number };
    best = { params: treeUnflatten(like, treeLeaves(found.tensors)), epoch, score };
  }
  return {
    consider: async (params, epoch, score) => {
      if (!Number.isFinite(score) || (best !== null && score >= best.score)) return;
      if (best !== null) treeDispose(best.params);
      best = { params: treeClone(params), epoch, score };
      await store?.save(params, { epoch, score });
    },
    take: () => {
      const taken = best;
      best = null;
      return taken;
    },
    dispose: () => {
      if (best !== null) treeDispose(best.params);
      best = null;
    },
  };
}

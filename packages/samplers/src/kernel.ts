import type * as tf from '@tensorflow/tfjs';
import type { Key, TensorTree } from '@ebim/runtime';

/** What every chain state holds. Axis 0 of `position` counts the chains. */
export type ChainState = { readonly position: tf.Tensor };

/** What every kernel reports. */
export type ChainInfo = {
  /** Bool `[B]`: the new position has no NaN and no infinity. */
  readonly finite: tf.Tensor;
};

/**
 * A Markov kernel for a batch of chains, as pure functions: nothing is read but the arguments, nothing is disposed,
 * and what is returned belongs to the caller.
 *
 * @typeParam S tree of tensors that goes from step to step; has `position`
 * @typeParam I tree of tensors that tells how much to trust the step
 */
export interface Kernel<S extends TensorTree & ChainState, I extends TensorTree> {
  /** The state of chains that start at `position` `[B, ...]`. */
  init(position: tf.Tensor): S;
  /** One transition of every chain. All noise comes from `key`. */
  step(key: Key, state: S): [S, I];
  /** What is done to a state after the last step of a chain, e.g. clamping to a box. Absent: nothing. */
  finish?(state: S): S;
  /**
   * The same transitions, with the same numbers, where each step keeps for the next what both would compute. Absent:
   * steps have nothing in common.
   */
  readonly holding?: HoldingSteps<S, I>;
}

/** Steps on states that hold, besides, what was computed at their position. */
export interface HoldingSteps<S extends TensorTree & ChainState, I extends TensorTree> {
  start(state: S): HeldState;
  step(key: Key, held: HeldState): [HeldState, I];
  end(held: HeldState): S;
}

/** A position, and what is known there. */
export type HeldState = ChainState & { readonly known: { readonly [name: string]: tf.Tensor } };

import * as tf from '@tensorflow/tfjs';
import { BackendError, treeTidy } from '@ebim/runtime';
import type { TapeNode } from './engine.js';

/**
 * Pulls the adjoint `dy` of `y` back to `xs` over recorded operations. Everything it does can itself be recorded,
 * so it is differentiable in `dy` and, under an outer gradient, in whatever the recording depends on.
 *
 * @returns one adjoint for every x, owned by the caller; `null` where y does not depend on x
 * @throws BackendError `no-gradient` if an operation on the way has no gradient
 */
export function backpropagate(
  nodes: readonly TapeNode[],
  xs: readonly tf.Tensor[],
  y: tf.Tensor,
  dy: tf.Tensor,
): (tf.Tensor | null)[] {
  return treeTidy(() => {
    const reachable = dependents(nodes, xs);
    const targets = new Set(xs.map((x) => x.id));
    const adjoints = new Map<number, tf.Tensor>();
    if (reachable.has(y.id)) adjoints.set(y.id, dy);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i];
      if (!node.outputs.some((output) => adjoints.has(output.id))) continue;
      const names = Object.keys(node.inputs).filter((name) => reachable.has(node.inputs[name]?.id));
      if (names.length === 0) continue;
      const dys = node.outputs.map((output) => adjoints.get(output.id) ?? null);
      const dxs = inputAdjoints(node, names, dys);
      // No later node reads the adjoints of these outputs any more.
      for (const output of node.outputs) if (!targets.has(output.id)) adjoints.delete(output.id);
      names.forEach((name, j) => {
        const { id } = node.inputs[name];
        const sum = adjoints.get(id);
        adjoints.set(id, sum === undefined ? dxs[j] : tf.add(sum, dxs[j]));
      });
    }
    return ownedEach(
      xs.map((x) => adjoints.get(x.id) ?? null),
      dy,
    );
  });
}

/** Ids of the float tensors that depend on `xs`, `xs` included. */
function dependents(nodes: readonly TapeNode[], xs: readonly tf.Tensor[]): ReadonlySet<number> {
  const ids = new Set(xs.map((x) => x.id));
  for (const node of nodes)
    for (const name in node.inputs)
      if (ids.has(node.inputs[name]?.id)) {
        for (const output of node.outputs) if (output.dtype === 'float32') ids.add(output.id);
        break;
      }
  return ids;
}

function inputAdjoints(node: TapeNode, names: string[], dys: (tf.Tensor | null)[]): tf.Tensor[] {
  const { gradient } = node;
  if (gradient === undefined) throw noGradient(node);
  return treeTidy(() => {
    const pullbacks = gradient(dys);
    return names.map((name) => {
      const pullback = pullbacks[name];
      if (pullback === undefined) throw noGradient(node, name);
      const dx = pullback();
      const x = node.inputs[name];
      if (!tf.util.arraysEqual(dx.shape, x.shape))
        throw new BackendError({
          code: 'wrong-gradient-shape',
          where: `gradient of ${node.kernelName} with respect to ${name}`,
          expected: `[${x.shape.join(', ')}]`,
          received: `[${dx.shape.join(', ')}]`,
        });
      return dx;
    });
  });
}

/** The same tensor may come back for two inputs, or be `dy` itself: the caller gets tensors of its own. */
function ownedEach(adjoints: (tf.Tensor | null)[], dy: tf.Tensor): (tf.Tensor | null)[] {
  const given = new Set<tf.Tensor | null>([dy]);
  return adjoints.map((adjoint) => {
    const own = adjoint !== null && given.has(adjoint) ? adjoint.clone() : adjoint;
    given.add(own);
    return own;
  });
}

function noGradient(node: TapeNode, input?: string): BackendError {
  const name = node.kernelName === '' ? 'an operation of tf.customGrad' : node.kernelName;
  return new BackendError({
    code: 'no-gradient',
    where: 'backward pass',
    expected: `a gradient of ${name}${input === undefined ? '' : ` with respect to ${input}`}`,
    received: 'none',
    hint: 'Call useBackend() or installRepairs() of @ebim/runtime first, or compose the function from other operations.',
    details: { kernelName: node.kernelName, input },
  });
}

"""The steps of `pnpm bench growth` in JAX, each whole under jit. Prints one JSON object: milliseconds a step by name.

usage: jax_growth.py [SECONDS of each step] [part of the names]
"""
import json
import statistics
import sys
import time

import jax
import jax.numpy as jnp

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
PART = sys.argv[2] if len(sys.argv) > 2 else ""
LIMIT, CAPACITY, CHAIN = 1.5, 10_000, 20


def network(params, x):
    for i, (w, b) in enumerate(params):
        x = x @ w + b
        if i < len(params) - 1:
            x = jax.nn.silu(x)
    return x


def norm(a):
    return jnp.sqrt((a * a).sum(1) + 1e-12)


def adam(params, grads, state, rate=1e-2):
    m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
    v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, grads)
    step = lambda p, a, b: p - rate * (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8)
    return jax.tree.map(step, params, m, v), (m, v, t)


def prepare(size, width, codimension):
    n = codimension + 2
    key = jax.random.PRNGKey(0)
    sizes = [n, width, width, width, codimension]
    keys = jax.random.split(key, len(sizes) - 1)
    uniform = lambda q, a, b: jax.random.uniform(q, (a, b), minval=-1, maxval=1) / a**0.5
    params = [(uniform(q, a, b), jnp.zeros(b)) for q, a, b in zip(keys, sizes, sizes[1:])]
    zeros = jax.tree.map(jnp.zeros_like, params)
    x = jax.random.normal(key, (size, n))
    batch = x / jnp.linalg.norm(x, axis=1, keepdims=True)
    buffer = jax.random.uniform(key, (CAPACITY, n), minval=-LIMIT, maxval=LIMIT)

    @jax.jit
    def step(key, params, state, buffer):
        k1, k2, k3, k4, k5 = jax.random.split(key, 5)
        x = buffer[jax.random.randint(k1, (size,), 0, CAPACITY)]
        fresh = jax.random.uniform(k3, (size, n), minval=-LIMIT, maxval=LIMIT)
        x = jnp.where(jax.random.uniform(k2, (size, 1)) > 0.95, fresh, x)
        slope = jax.grad(lambda x: norm(network(params, x)).sum())
        move = lambda x, e: ((x + 0.1 * e - 5.0 * slope(x).clip(-0.03, 0.03)).clip(-LIMIT, LIMIT), None)
        negatives, _ = jax.lax.scan(move, x, jax.random.normal(k4, (CHAIN, size, n)))
        v = jax.random.normal(k5, (size, codimension))

        def loss(p):
            out, pull = jax.vjp(lambda x: network(p, x), batch)
            (vj,) = pull(v)
            rank = jnp.square(jax.nn.relu(1.0 - norm(vj) / norm(v))).mean()
            return norm(out).mean() - 0.3 * norm(network(p, negatives)).mean() + 10.0 * rank

        params, state = adam(params, jax.grad(loss)(params), state)
        return params, state, jnp.concatenate([negatives, buffer])[:CAPACITY]

    return step, (params, (zeros, zeros, 0.0), buffer)


def measure(step, carry):
    key = jax.random.PRNGKey(1)
    for i in range(2):
        carry = jax.block_until_ready(step(jax.random.fold_in(key, i), *carry))
    times = []
    while len(times) < 3 or sum(times) < SECONDS:
        start = time.perf_counter()
        carry = jax.block_until_ready(step(jax.random.fold_in(key, len(times)), *carry))
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


result = {}
for codimension in (1, 4, 16):
    for width in (8, 32, 128, 512):
        for size in (50, 500, 5000):
            name = f"b{size}_h{width}_k{codimension}"
            if PART in name:
                result[name] = round(measure(*prepare(size, width, codimension)), 4)
                print(name, result[name], file=sys.stderr, flush=True)
print(json.dumps(result))

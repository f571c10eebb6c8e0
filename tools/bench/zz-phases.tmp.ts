import * as tf from '@tensorflow/tfjs';
import { key, useBackend } from '@ebim/runtime';
import { manifoldTrainerOfFig1, pointsOnCircle, batchSize } from './suites/fig1.js';
import { traceFunction } from '../../packages/compiler/src/trace/trace-function.js';
import { optimize } from '../../packages/compiler/src/passes/optimize.js';
import { lowerGraph } from '../../packages/compiler/src/lower/lower.js';
import { fuse } from '../../packages/compiler/src/fuse/fuse.js';
import { lifetimes } from '../../packages/compiler/src/plan/lifetimes.js';
import { planMemory } from '../../packages/compiler/src/plan/memory.js';
import { writeModule } from '../../packages/compiler/src/program/write-module.js';
async function main() {
  await useBackend('cpu');
  const { trainer } = manifoldTrainerOfFig1();
  const graph = optimize(
    traceFunction(
      ((k: never, s: never, b: never) => trainer.step(k, s, b)) as never,
      [key(3), trainer.init(key(1)), pointsOnCircle(batchSize)] as never,
    ).graph,
  );
  for (let r = 0; r < 4; r++) {
    const t = [performance.now()];
    const lap = () => t.push(performance.now());
    const l = lowerGraph(graph);
    lap();
    const f = fuse(l);
    lap();
    const lt = lifetimes(f);
    lap();
    const p = planMemory(lt);
    lap();
    const c0 = process.cpuUsage();
    const m = writeModule(f, p);
    lap();
    const c1 = process.cpuUsage(c0);
    console.log('write cpu ms', c1.user / 1e3);
    const mod = new WebAssembly.Module(m.bytes);
    lap();
    new WebAssembly.Instance(mod, { host: { math: () => 0, fail: () => 0, island: () => 0 } });
    lap();
    if (r === 0) {
      const raw = m.bytes;
      const names: string[] = [];
      const sizes = new Map<string, [number, number]>();
      let at = 8;
      const leb = () => {
        let v = 0,
          sh = 0;
        for (;;) {
          const b = raw[at++];
          v |= (b & 127) << sh;
          if (b < 128) return v;
          sh += 7;
        }
      };
      let code: number[] = [];
      while (at < raw.length) {
        const id = raw[at++];
        const n = leb();
        const end = at + n;
        if (id === 10) {
          const c = leb();
          for (let i = 0; i < c; i++) {
            const sz = leb();
            code.push(sz);
            at += sz;
          }
        } else if (id === 0) {
          leb();
          at += 4;
          at++;
          leb();
          const c = leb();
          for (let i = 0; i < c; i++) {
            leb();
            const l = leb();
            names.push(new TextDecoder().decode(raw.slice(at, at + l)));
            at += l;
          }
        }
        at = end;
      }
      code.forEach((c, i) => {
        const k = names[i].split(' ')[0];
        const e = sizes.get(k) ?? [0, 0];
        sizes.set(k, [e[0] + 1, e[1] + c]);
      });
      console.log(sizes);
    }
    console.log(
      t
        .slice(1)
        .map((x, i) => (x - t[i]).toFixed(1))
        .join(' '),
      m.bytes.length,
    );
  }
  void tf;
}
void main();

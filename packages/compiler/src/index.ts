export { scan, type ScanOptions } from './scan.js';
export { type ScanInputs, type ScanSlice } from './scan-inputs.js';
export { whileLoop, type WhileLoopOptions } from './while-loop.js';
export {
  compile,
  type CompiledFunction,
  type CompileOptions,
  type CompileStatistics,
} from './compile/compile.js';
export { explain, type Explanation } from './compile/explain.js';
export { enableFusedMultiply } from './fused-multiply.js';
export { setThreads } from './parallel/threads.js';
export type { Dtype, Graph, GraphNode, ValueId, ValueInfo } from './graph/graph.js';

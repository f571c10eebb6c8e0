import * as tf from '@tensorflow/tfjs';
import { installFactorKernels, installRandomKernels } from '@ebim/runtime';
import type { Dtype, ValueId, ValueInfo } from '../graph/graph.js';
import {
  dataDependentShape,
  leakedTensor,
  readsData,
  unsupportedDtype,
  usesVariable,
} from './compile-errors.js';
import { addConstant, addNode, isDtype, useValue, type ConstantData, type Recorder } from './recorder.js';
import { resultInfo } from './result-shapes.js';
import { userLine } from './user-line.js';

/** Name of the backend on which functions are traced. */
export const TRACE_BACKEND = 'ebim-trace';

/** What the cpu backend has beyond the common interface. */
interface CpuBackend extends tf.KernelBackend {
  write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId;
  readSync(dataId: tf.DataId): tf.TypedArray;
}

/** Kernels whose results have shapes that depend on data. */
const DATA_DEPENDENT =
  /^(Unique|NonMaxSuppression|Sparse(FillEmptyRows|Reshape)|Ragged|String|StaticRegex|Where)/;

/**
 * A backend that writes down the kernels that are called on it. Operations whose results have shapes that follow
 * from their inputs' are not computed: their data are zeros. The rest runs on the cpu backend's kernels.
 */
export interface TraceBackend {
  readonly backend: tf.KernelBackend;
  /** The recorder in charge; `null` between traces. */
  recorder: Recorder | null;
  /** A tensor that stands for a value. */
  tensorOf(id: ValueId, info: ValueInfo): tf.Tensor;
  /** The value that a tensor stands for, in the current graph. */
  valueOf(tensor: tf.TensorInfo): ValueId;
  /** Frees the copies of tensors of other backends. */
  release(): void;
}

let instance: TraceBackend | undefined;

/** The one tracing backend of the process. */
export function traceBackend(): TraceBackend {
  instance ??= createTraceBackend();
  registerKernels(instance);
  return instance;
}

/** The recorder of the function that is being traced now, if any. */
export const activeRecorder = (): Recorder | null => instance?.recorder ?? null;

type Call = (
  kernel: tf.KernelConfig,
  params: Parameters<tf.KernelFunc>[0],
) => tf.TensorInfo | tf.TensorInfo[];
const calls = new WeakMap<TraceBackend, Call>();

function createTraceBackend(): TraceBackend {
  // The class of the cpu backend is not exported by the union package.
  const Cpu = (tf.findBackend('cpu') as object).constructor as new () => CpuBackend;
  const cpu = new Cpu();
  const write = cpu.write.bind(cpu);
  const readSync = cpu.readSync.bind(cpu);
  // Tensors of other backends that the function uses, copied here.
  const foreign = new Map<tf.DataId, tf.DataId>();
  let insideKernel = false;

  const constantOf = (dataId: tf.DataId, values: tf.BackendValues, info: ValueInfo): void => {
    const recorder = self.recorder as Recorder;
    recorder.ids.set(dataId, addConstant(recorder, info, constantData(values, info.dtype)));
  };
  const zeros = ({ shape, dtype }: ValueInfo): tf.DataId =>
    write(sharedZeros(tf.util.sizeFromShape([...shape]), dtype), [...shape], dtype);

  const homeOf = (t: tf.TensorInfo): tf.TensorInfo => {
    const { shape, dtype } = t;
    if (!isDtype(dtype)) throw unsupportedDtype(dtype);
    const recorder = self.recorder as Recorder;
    if (recorder.ids.has(t.dataId)) return t;
    if (t instanceof tf.Variable) throw usesVariable(t.name);
    let dataId = foreign.get(t.dataId);
    if (dataId === undefined) {
      if (t instanceof tf.Tensor && t.isDisposed) throw leakedTensor();
      if ((cpu as unknown as { data: tf.DataStorage<unknown> }).data.has(t.dataId)) throw leakedTensor();
      if (t instanceof tf.Tensor) recorder.captured.push({ tensor: t, line: userLine() });
      const values = tf.engine().readSync(t.dataId);
      dataId = write(values, shape, dtype);
      foreign.set(t.dataId, dataId);
      constantOf(dataId, values, { shape: [...shape], dtype });
    }
    return { dataId, shape, dtype };
  };

  const self: TraceBackend = {
    backend: cpu,
    recorder: null,
    tensorOf: (id, info) => {
      const dataId = zeros(info);
      (self.recorder as Recorder).ids.set(dataId, id);
      return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...info.shape], dtype: info.dtype });
    },
    valueOf: (tensor) => {
      const recorder = self.recorder as Recorder;
      return useValue(recorder, recorder.ids.get(homeOf(tensor).dataId) as ValueId);
    },
    release: () => {
      for (const dataId of foreign.values()) cpu.disposeData(dataId);
      foreign.clear();
    },
  };

  cpu.write = (values, shape, dtype) => {
    const dataId = write(values, shape, dtype);
    // Outside of kernels values come from the host.
    if (!insideKernel && self.recorder !== null) {
      if (!isDtype(dtype)) throw unsupportedDtype(dtype);
      constantOf(dataId, values, { shape: [...shape], dtype });
    }
    return dataId;
  };
  cpu.readSync = (dataId) => {
    if (!insideKernel && self.recorder !== null) {
      const id = self.recorder.ids.get(dataId);
      if (id === undefined || !self.recorder.constants.has(id)) throw readsData();
    }
    return readSync(dataId);
  };
  cpu.read = (dataId) => Promise.resolve(cpu.readSync(dataId));

  const compute = (kernel: tf.KernelConfig, params: Parameters<tf.KernelFunc>[0]): tf.TensorInfo[] => {
    insideKernel = true;
    try {
      const outputs = [kernel.kernelFunc({ ...params, backend: cpu })].flat();
      return outputs.map((output) => {
        const recorder = self.recorder as Recorder;
        if (!recorder.ids.has(output.dataId)) return output;
        // The kernel handed an input on: results are told apart by their data.
        const dataId = write(readSync(output.dataId), output.shape, output.dtype);
        cpu.disposeData(output.dataId);
        return { ...output, dataId };
      });
    } finally {
      insideKernel = false;
    }
  };

  calls.set(self, (kernel, { inputs, attrs }) => {
    const recorder = self.recorder;
    if (recorder === null) throw leakedTensor();
    const list: unknown = inputs;
    const isList = Array.isArray(list);
    const names = Object.keys(inputs).filter((name) => (inputs[name] as unknown) != null);
    const given = names.map((name) => homeOf(inputs[name] as tf.TensorInfo));
    const ids = given.map((t) => useValue(recorder, recorder.ids.get(t.dataId) as ValueId));
    const { kernelName } = kernel;
    if (DATA_DEPENDENT.test(kernelName)) throw dataDependentShape(kernelName);

    const infos = given.map((t) => ({ shape: t.shape, dtype: t.dtype as Dtype }));
    const known = resultInfo(kernelName, infos, attrs ?? {});
    const asked = (): unknown =>
      isList ? given : Object.fromEntries(names.map((name, i) => [name, given[i]]));
    const outputs =
      known === undefined
        ? compute(kernel, { inputs: asked() as tf.NamedTensorInfoMap, attrs, backend: cpu })
        : known.map((info) => ({ dataId: zeros(info), shape: [...info.shape], dtype: info.dtype }));
    const outputInfos = outputs.map(({ shape, dtype }): ValueInfo => {
      if (!isDtype(dtype)) throw unsupportedDtype(dtype);
      return { shape: [...shape], dtype };
    });

    const results = isAlias(kernelName, infos[0], outputInfos[0])
      ? ids
      : addNode(
          recorder,
          nodeOf(recorder, kernelName, ids, isList ? given.map(() => null) : names, attrs ?? {}),
          outputInfos,
        );
    outputs.forEach(({ dataId }, i) => recorder.ids.set(dataId, results[i]));
    return RETURNS_LIST.has(kernelName) || outputs.length !== 1 ? outputs : outputs[0];
  });
  return self;
}

/** Kernels that return a list also where it has one entry. */
const RETURNS_LIST = new Set(['Unpack', 'SplitV']);

/** True for operations that change neither values nor shape. */
const isAlias = (op: string, from: ValueInfo | undefined, to: ValueInfo): boolean =>
  (op === 'Identity' || op === 'Reshape' || op === 'Cast') &&
  from !== undefined &&
  from.dtype === to.dtype &&
  tf.util.arraysEqual(from.shape as number[], to.shape as number[]);

/** The own operations are called `Ebim…` as kernels; a draw from a known key gets it as a constant. */
function nodeOf(
  recorder: Recorder,
  kernelName: string,
  inputs: readonly ValueId[],
  inputNames: readonly (string | null)[],
  attrs: Readonly<Record<string, unknown>>,
) {
  const op = kernelName.replace(/^Ebim/, '');
  if (!kernelName.startsWith('EbimRandom') || inputs.length > 0)
    return { op, inputs, inputNames, attrs: copyOf(attrs) };
  const { words, ...rest } = attrs as { words: [number, number] };
  const data = Int32Array.from(words, (word) => word | 0);
  const key = useValue(recorder, addConstant(recorder, { shape: [2], dtype: 'int32' }, data));
  return { op, inputs: [key], inputNames: ['key'], attrs: copyOf(rest) };
}

/** Attributes as they are now; callers may change their lists afterwards. */
function copyOf(attrs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(attrs)) copy[name] = copyOfValue(attrs[name]);
  return copy;
}

function copyOfValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Most are lists of numbers: a general copy takes as long as the rest of a call.
  return Array.isArray(value) ? value.map(copyOfValue) : structuredClone(value);
}

/** Every kernel of the cpu backend, also those that were registered since the last call. */
function registerKernels(self: TraceBackend): void {
  installRandomKernels('cpu');
  installFactorKernels('cpu');
  const known = new Set(tf.getKernelsForBackend(TRACE_BACKEND).map(({ kernelName }) => kernelName));
  const call = calls.get(self) as Call;
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (known.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: TRACE_BACKEND,
      // Looked up at every call: repairs replace kernels.
      kernelFunc: (params) => call(tf.getKernel(kernelName, 'cpu'), params),
    });
  }
}

const pools: Partial<Record<Dtype, tf.TypedArray>> = {};

/** Zeros that are shared by all: nothing ever writes to the data of a tensor. */
function sharedZeros(size: number, dtype: Dtype): tf.TypedArray {
  let pool = pools[dtype];
  if (pool === undefined || pool.length < size) {
    const length = Math.max(size, 2 * (pool?.length ?? 512));
    pool =
      dtype === 'float32'
        ? new Float32Array(length)
        : dtype === 'int32'
          ? new Int32Array(length)
          : new Uint8Array(length);
    pools[dtype] = pool;
  }
  return pool.subarray(0, size);
}

/** A copy: the values of a constant may belong to somebody who changes them. */
function constantData(values: tf.BackendValues, dtype: Dtype): ConstantData {
  if (dtype === 'float32') return new Float32Array(values as ArrayLike<number>);
  return new Int32Array(values as ArrayLike<number>);
}

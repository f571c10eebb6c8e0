/** The backends that `useBackend` knows. `tensorflow-gpu` and `tensorflow` are native and optional. */
export type BackendName = 'tensorflow-gpu' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** What became of one backend. */
export interface BackendAttempt {
  readonly name: BackendName;
  /** `available`: it was started, and another is in use. */
  readonly status: 'active' | 'available' | 'unavailable' | 'not-tried';
  /** Why it is not active, as a sentence. Absent on the active one. */
  readonly reason?: string;
  /** Commands that would enable it, exact, in order. Empty where nothing can be done. */
  readonly howToEnable: readonly string[];
}

/** Facts about the place where the tensors are computed. */
export interface BackendFacts {
  /** Whether WebAssembly SIMD is used. Only on `wasm`. */
  readonly simd?: boolean;
  /** Number of threads of the kernels. Only on `wasm`; 1 in Node. */
  readonly threads?: number;
  /** Whether operations run on a GPU. Only on the native backends and `webgpu`. */
  readonly gpu?: boolean;
}

/** Plain data: which backend is in use, why not the others, and on what. */
export interface BackendReport {
  readonly active: BackendName;
  readonly tried: readonly BackendAttempt[];
  readonly versions: Readonly<Record<string, string>>;
  readonly facts: BackendFacts;
  /** Names of the repairs in force, see `installRepairs`. */
  readonly repairs: readonly string[];
}

let current: BackendReport | null = null;

/** The report of the last successful `useBackend`, or null before it. */
export function backendReport(): BackendReport | null {
  return current;
}

/** Remembers the report of the backend just activated. */
export function setBackendReport(report: BackendReport): BackendReport {
  current = report;
  return report;
}

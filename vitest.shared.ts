import type { UserWorkspaceConfig } from 'vitest/config';

// Workspace packages resolve to their sources: tests need no build.
const conditions = ['@ebim/source', 'node', 'import', 'default'];

/** Options of {@link testProject}. */
export interface TestProjectOptions {
  /** Which files hold tests. Default: those named `*.test.ts` in `src`. */
  readonly include?: string[];
  /**
   * Load modules once for all test files instead of once a file, which takes half the time of a small suite. The
   * files then share TensorFlow.js, the backend in use and its repairs: only for suites that choose their backend
   * themselves and test nothing as shipped. Default false.
   */
  readonly shareModules?: boolean;
}

/** The vitest project of one workspace folder: `name` is what `vitest --project <name>` takes. */
export function testProject(name: string, options: TestProjectOptions = {}): UserWorkspaceConfig {
  const { include = ['src/**/*.test.ts'], shareModules = false } = options;
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      include,
      isolate: !shareModules,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Test files already take all cores; those of threads ask for theirs.
      env: { EBIM_THREADS: '1' },
    },
  };
}

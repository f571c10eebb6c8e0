import type { UserWorkspaceConfig } from 'vitest/config';

// Workspace packages resolve to their sources: tests need no build.
const conditions = ['@ebim/source', 'node', 'import', 'default'];

/** The vitest project of one workspace folder: `name` is what `vitest --project <name>` takes. */
export function testProject(name: string, include: string[] = ['src/**/*.test.ts']): UserWorkspaceConfig {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: { name, include, testTimeout: 60_000, hookTimeout: 60_000 },
  };
}

import { defineProject } from 'vitest/config';

export default defineProject({
  resolve: { conditions: ['@ebim/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@ebim/source', 'node', 'import', 'default'] } },
  test: { name: 'nn', include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});

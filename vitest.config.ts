import { defineConfig } from 'vitest/config';

const conditions = ['@ebim/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: ['packages/*', 'tools'],
  },
});

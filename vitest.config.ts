import { defineConfig } from 'vitest/config';

const conditions = ['@ebim/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: ['packages/*', 'tools'],
    // Tests of TensorFlow.js as shipped make it advertise its Node backend.
    onConsoleLog: (log) => !log.includes('running TensorFlow.js in Node.js'),
  },
});

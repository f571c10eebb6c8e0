import { defineConfig } from 'vitest/config';

const conditions = ['@ebim/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: ['packages/*', 'tools'],
    // By default one core stays free, which on two cores takes twice the time.
    maxWorkers: '100%',
    // Tests of TensorFlow.js as shipped make it advertise its Node backend.
    onConsoleLog: (log) => !log.includes('running TensorFlow.js in Node.js'),
  },
});

import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.js';

const api = { index: 'src/index.ts' };

export default defineConfig(
  library({ platform: 'node', entry: { ...api, cli: 'src/cli/main.ts' }, dts: { entry: api } }),
);

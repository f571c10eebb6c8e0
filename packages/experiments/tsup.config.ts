import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.js';

const command = 'src/cli/main.ts';

export default defineConfig([
  library({ platform: 'node' }),
  ...(existsSync(command)
    ? [
        library({
          platform: 'node',
          entry: { cli: command },
          banner: { js: '#!/usr/bin/env node' },
          dts: false,
          clean: false,
        }),
      ]
    : []),
]);

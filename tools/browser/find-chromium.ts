import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The Chromium of this machine: `CHROMIUM` or `PUPPETEER_EXECUTABLE_PATH`, else one on the path; `null` for none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = [env.CHROMIUM, env.PUPPETEER_EXECUTABLE_PATH].filter(
    (file): file is string => file !== undefined && file !== '',
  );
  const folders = (env.PATH ?? '').split(path.delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...named, ...onPath, MAC].find((file) => existsSync(file)) ?? null;
}

import * as tf from '@tensorflow/tfjs';

/** Whether this is Node (also Deno and Bun, which imitate it), where native packages can be loaded. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

/** Names and versions of what computes: tfjs, and Node with its platform, or the browser. */
export function environmentVersions(): Record<string, string> {
  const versions: Record<string, string> = { '@tensorflow/tfjs': tf.version.tfjs };
  if (isNode()) {
    versions.node = process.versions.node;
    versions.platform = `${process.platform}-${process.arch}`;
  } else if (typeof navigator !== 'undefined') {
    versions.browser = navigator.userAgent;
  }
  return versions;
}

/** The package manager that started this process: `pnpm`, `yarn`, `bun` or `npm`. */
export function packageManager(): string {
  const agent = isNode() ? (process.env.npm_config_user_agent ?? '') : '';
  return /^(pnpm|yarn|bun)\//.exec(agent)?.[1] ?? 'npm';
}

/** The message of whatever was thrown; emscripten throws plain objects. First line only. */
export function messageOf(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return message.split('\n', 1)[0].replace(/\.$/, '');
}

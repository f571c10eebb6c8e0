// Installed, and as a workspace: a folder of somebody else's that is called `compiler` is theirs.
const OWN_FRAMES =
  /[\\/]@tensorflow[\\/]|[\\/]@tensorflow\+|node:internal|[\\/](@ebim|packages)[\\/](compiler|runtime|autodiff)[\\/](src|dist)[\\/]/;
const OWN_TESTS = /\.test\.[jt]s/;

/** The line of the user's code that runs now, e.g. `file:///home/me/step.ts:12:5`; `undefined` if it is unknown. */
export function userLine(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frame = stack
    .split('\n')
    .slice(1)
    .find((line) => /:\d+:\d+/.test(line) && (!OWN_FRAMES.test(line) || OWN_TESTS.test(line)));
  return frame?.match(/\(?([^\s(]+:\d+:\d+)\)?/)?.[1];
}

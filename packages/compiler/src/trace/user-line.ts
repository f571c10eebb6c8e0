// Installed, and as a workspace: a folder of somebody else's that is called `compiler` is theirs.
const OWN_FRAMES =
  /[\\/]@tensorflow[\\/]|[\\/]@tensorflow\+|node:internal|[\\/](@ebim|packages)[\\/](compiler|runtime|autodiff)[\\/](src|dist)[\\/]/;
const OWN_TESTS = /\.test\.[jt]s/;

/**
 * Remembers the line of the user's code that runs now, e.g. `file:///home/me/step.ts:12:5`. The result finds it, which
 * takes long (source maps are read): only messages of errors need it. `undefined` if it is unknown.
 */
export function markUserLine(): () => string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const here = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return () => {
    const frame = (here.stack ?? '')
      .split('\n')
      .slice(1)
      .find((line) => /:\d+:\d+/.test(line) && (!OWN_FRAMES.test(line) || OWN_TESTS.test(line)));
    return frame?.match(/\(?([^\s(]+:\d+:\d+)\)?/)?.[1];
  };
}

/**
 * Why a backend cannot be used. Thrown inside `runtime/backend` only: `useBackend` turns it into an
 * entry of the report, or into a `BackendError` when the backend was asked for by name.
 */
export class Unavailable extends Error {
  constructor(
    readonly code: 'not-installed' | 'native-library-missing' | 'no-device' | 'failed',
    readonly reason: string,
    readonly howToEnable: readonly string[],
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}

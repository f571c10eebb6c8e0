import { mlp, type MlpParams } from '@ebim/nn';
import { autoencoder, variationalAutoencoder } from './autoencoder/autoencoder.js';

/** Networks small enough to differentiate numerically. */
export const tinyAutoencoder = (n = 3, m = 2, hidden = [4]) =>
  autoencoder<MlpParams, MlpParams>(
    mlp({ inputSize: n, outputSize: m, hidden }),
    mlp({ inputSize: m, outputSize: n, hidden }),
  );

/** The same with uncertain codes. */
export const tinyVariational = (n = 3, m = 2, hidden = [4]) =>
  variationalAutoencoder<MlpParams, MlpParams>(
    mlp({ inputSize: n, outputSize: 2 * m, hidden }),
    mlp({ inputSize: m, outputSize: n, hidden }),
  );

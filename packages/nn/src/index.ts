export * from './activation.js';
export * from './initialisers/torch-uniform.js';
export * from './network.js';
export * from './networks/fourier-features.js';
export * from './networks/mlp.js';
export * from './networks/residual-net.js';
export * from './spectral-norm.js';

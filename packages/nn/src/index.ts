export * from './activation.js';
export * from './initialisers/torch-uniform.js';
export * from './network.js';
export * from './networks/mlp.js';
export * from './spectral-norm.js';

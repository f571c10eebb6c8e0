export * from './backends.js';
export * from './describe-network.js';
export * from './describe-sampler.js';
export * from './leak-guard.js';
export * from './trees.js';

export * from './backends.js';
export * from './describe-network.js';
export * from './describe-sampler.js';
export * from './describe-transform.js';
export * from './leak-guard.js';
export * from './log-volume.js';
export * from './trees.js';

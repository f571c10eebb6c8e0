export * from './backends.js';
export * from './leak-guard.js';

import { defineProject } from 'vitest/config';
import { testProject } from '../../vitest.shared.js';

// From cli/run.test.ts on, programs may multiply and add in one instruction, as on Node 22: tests pass with both.
export default defineProject(testProject('experiments', { shareModules: true }));

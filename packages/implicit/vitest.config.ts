import { defineProject } from 'vitest/config';
import { testProject } from '../../vitest.shared.js';

export default defineProject(testProject('implicit', { shareModules: true }));

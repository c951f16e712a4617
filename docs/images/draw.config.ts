import { defineConfig } from 'vitest/config';
import tests from '../../vitest.config.js';

export default defineConfig({ ...tests, test: { ...tests.test, include: ['docs/images/*.draw.ts'] } });

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{shared,services,deploy}/*/src/**/*.test.ts', 'bin/src/**/*.test.ts'] } },
      {
        test: {
          name: 'system',
          include: ['test/{e2e,conformance,chaos}/**/*.test.ts', '{shared,services,deploy}/*/src/**/*.system.ts', 'bin/src/**/*.system.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

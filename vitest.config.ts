import { defineConfig } from 'vitest/config';

// Pure specs, specs on a real PostgreSQL or file system, black-box specs of the built apps; and those of them that take long, which
// run in the interop tier (`npm run test:system`).
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    globals: true,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs}/**/*.spec.ts'],
          // they leave nothing behind: a thread loads each module, and the parser, once for all of its files
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          // two shared cores: a property over thousands of cases may take its time
          testTimeout: 60_000,
          exclude: ['**/*.integration.spec.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['{apps,libs,migrations}/**/*.integration.spec.ts'],
          // two at a time: each starts servers of its own on free ports and waits for them most of its time
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'acceptance',
          include: ['test/**/*.e2e-spec.ts'],
          exclude: ['test/system/**', '**/node_modules/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/*.e2e-spec.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

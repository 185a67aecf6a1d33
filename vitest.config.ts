import { defineConfig } from 'vitest/config';

/** The suffix of a test file says what it needs; each suffix is one project. Real servers run one file at a time. */
const project = (name: string, include: string[], settings: object = {}) => ({
  test: { name, include, ...settings },
});

const onServers = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts']),
      project('property', ['test/property/**/*.prop.test.ts'], { testTimeout: 60_000 }),
      project('contract', ['test/contract/**/*.contract.test.ts'], onServers),
      project('integration', ['test/integration/**/*.it.test.ts'], onServers),
      project('drill', ['test/drill/**/*.drill.test.ts'], { ...onServers, testTimeout: 300_000 }),
    ],
  },
});

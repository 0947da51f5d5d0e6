import { defineConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, as they do when the gateway runs from a checkout. */
const conditions = ['@moltbot/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'extensions/*/{src,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // Wechaty's own log would drown the results.
    env: { WECHATY_LOG: 'silent' },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Many suites wait for child processes and deadlines: more workers than the smallest machine has cores.
    maxWorkers: 4,
  },
})

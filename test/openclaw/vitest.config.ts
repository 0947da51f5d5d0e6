import { defineConfig } from 'vitest/config'

const conditions = ['@moltbot/source', 'node', 'import', 'module', 'default']

/** Run by `npm run test:openclaw`, which installs the host first. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: import.meta.dirname,
    include: ['*.check.ts'],
    env: { WECHATY_LOG: 'silent' },
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // A gateway takes one core for ten seconds to start.
    maxWorkers: 2,
  },
})

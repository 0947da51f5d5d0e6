import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import base from '../vitest.config.ts'

/** Run by `npm run test:long`: long runs of chaos, refusals, failing machines and databases, moves of the state and simulated days. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    root: join(import.meta.dirname, '..'),
    include: ['test/*.check.ts', 'test/power/*.check.ts'],
  },
})

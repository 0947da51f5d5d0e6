import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Workspace packages resolve to their sources, as they do when the gateway runs from a checkout. */
const conditions = ['@moltbot/source', 'node', 'module']

/** Each of them takes more than a minute. Started last, one would run alone in the end. */
const longest = /\/(?:swap|behaviour|web-puppet|puppet-child)\.test\.ts$/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.test(moduleId)
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => Number(isLong(other)) - Number(isLong(one)))
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'extensions/*/{src,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    globalSetup: 'test/support/postgres-run.ts',
    env: {
      // Wechaty's own log would drown the results.
      WECHATY_LOG: 'silent',
      // Of compiled code: with a home folder of its own, each gateway would compile everything again.
      XDG_CACHE_HOME: join(import.meta.dirname, 'node_modules', '.cache', 'tests'),
    },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A worker for each file would spend a quarter of all time on loading the same libraries again.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Many suites wait for child processes and deadlines: more workers than the smallest machine has cores.
    maxWorkers: 6,
  },
})

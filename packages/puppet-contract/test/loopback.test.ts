/** The example puppet passes, in this runner too. */
import { describe, it } from 'vitest'
import { log } from 'wechaty-puppet'
import { loopbackHarness } from '../examples/loopback-harness.ts'
import { notApplicable, puppetContract } from '../src/index.ts'

log.level('silent')

describe('the loopback puppet of the examples', () => {
  for (const { name, run } of puppetContract(loopbackHarness)) it(name, run)
  for (const { name, needs } of notApplicable(loopbackHarness)) it.skip(`${name} (needs ${needs.join(', ')})`)
})

/** The suite on wechaty-puppet-mock, in process. Its known deviations are held to, both ways. */
import { describe, it } from 'vitest'
import { type Deviation, notApplicable, puppetContract, withDeviations } from '../src/index.ts'
import { mockHarness } from './mock-harness.ts'

const deviations: Record<string, Deviation> = {
  'every member of the contract is a function': {
    error: /missing members: messageSendPost, friendshipSearchHandle$/,
    reason: '1.19.4 has no posts to send and still calls the handle friendshipSearchWeixin',
  },
  'nothing is emitted after stop, no heartbeat and no message that comes meanwhile': {
    error: /'message'/,
    reason: 'its mocker emits through a stopped puppet',
  },
  'ready comes once, after the login': {
    error: /waiting for the event 'ready' \(came: start, scan, login\)/,
    reason: 'it never says ready',
  },
}

describe('wechaty-puppet-mock', () => {
  for (const { name, run } of withDeviations(puppetContract(mockHarness), deviations)) it(name, run)
  for (const { name, needs } of notApplicable(mockHarness)) it.skip(`${name} (needs ${needs.join(', ')})`)
})

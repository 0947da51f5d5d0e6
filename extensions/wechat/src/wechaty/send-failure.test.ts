import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { sendFailure } from './send-failure.ts'

describe('the error of a send', () => {
  it('that had no connection to go out on is certain, and may be tried again', () => {
    const error = new Error(
      '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:8788',
    )
    expect(sendFailure(error)).toMatchObject({ code: 'puppet-unreachable', certain: true, retryable: true })
  })

  it.each([
    new Error('14 UNAVAILABLE: Connection dropped'),
    new Error('read ECONNRESET'),
    new Error('13 INTERNAL: whatever the puppet said'),
    'no error at all',
    new MoltbotError('deadline', 'ECONNREFUSED by name only', { certain: false }),
  ])('stays as it is when it says less: %s', (error) => {
    expect(sendFailure(error)).toBe(error)
  })
})

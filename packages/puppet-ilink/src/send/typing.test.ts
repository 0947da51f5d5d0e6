import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { Typing } from './typing.ts'

it('is switched off where switching it on was cut off after the backend had shown it', async () => {
  const shown: boolean[] = []
  const reached = Promise.withResolvers<void>()
  const typing = new Typing({
    wire: () => ({
      typingTicket: async () => 'ticket',
      typing: async (_user, _ticket, on, signal) => {
        shown.push(on)
        if (!on) return
        reached.resolve()
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      },
    }),
    contextToken: async () => undefined,
    onFailure: (error) => {
      throw error
    },
    clock: systemClock,
    random: () => 0.5,
  })
  const on = typing.set('alice', true)
  await reached.promise
  await typing.set('alice', false)
  await on
  expect(shown).toEqual([true, false])
})

/** What must not end a puppet, and what must not repeat itself when one is built again. */
import assert from 'node:assert/strict'
import { type Bench, uniqueText } from '../bench.ts'
import { collectEscapedErrors } from '../escaped-errors.ts'
import { soleId } from '../shapes.ts'
import type { CaseDefinition } from './case.ts'

/** Delivers one message to a listener that throws. A backend that runs in this very call may pass the error on. */
async function receiveWithThrowingListener(bench: Bench): Promise<void> {
  const thrown = new Error('thrown by a listener of the contract suite')
  bench.puppet.once('message', () => {
    throw thrown
  })
  const text = uniqueText()
  await bench.peerSays(text).catch((error: unknown) => assert.equal(error, thrown))
  await bench.messageWithText(text)
}

export const resilienceCases: readonly CaseDefinition[] = [
  {
    name: 'a listener that throws ends neither the puppet nor the process',
    async run(bench) {
      await bench.online()
      let next: Promise<unknown> = Promise.resolve()
      const escaped = await collectEscapedErrors(async () => {
        await receiveWithThrowingListener(bench)
        next = bench.receive()
        await Promise.allSettled([next])
      })
      assert.deepEqual(escaped, [], 'errors that reached the process')
      await next
      assert.equal(bench.puppet.state.active(), true)
      assert.equal(bench.puppet.isLoggedIn, true)
    },
  },
  {
    name: 'a restart resumes the session without a login',
    needs: ['restart'],
    async run(bench) {
      const contactId = await bench.online()
      const restarted = await bench.restart()
      await restarted.start()
      const login = await restarted.events.payload('login')
      assert.equal(soleId('login', login, 'contactId'), contactId)
    },
  },
  {
    name: 'a restart repeats no message that was emitted before',
    needs: ['restart'],
    async run(bench) {
      await bench.online()
      const before = await bench.receive()
      const restarted = await bench.restart()
      await restarted.start()
      await restarted.events.position('login')
      const after = await restarted.receive()
      const ids = restarted.events
        .named('message')
        .map(({ payload }) => soleId('message', payload, 'messageId'))
      assert(!ids.includes(before.id), 'a message came again')
      assert.equal(ids.filter((id) => id === after.id).length, 1)
    },
  },
]

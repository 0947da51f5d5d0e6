/** Logging in and out: the order of events, their shapes, and a self contact that can be asked all the time. */
import assert from 'node:assert/strict'
import type { Bench } from '../bench.ts'
import { assertContact, assertLogout, assertScan } from '../shapes.ts'
import type { CaseDefinition } from './case.ts'

/** Asks for the contact that the next event of that name names, from inside the event as WeChaty does. */
function askInside(bench: Bench, event: 'login' | 'logout'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  bench.puppet.once(event, ({ contactId }: { contactId: string }) => {
    bench.puppet
      .contactPayload(contactId)
      .then((payload) => assertContact(payload, contactId))
      .then(resolve, reject)
  })
  return promise
}

export const sessionCases: readonly CaseDefinition[] = [
  {
    name: 'scan events are well formed and come before the login',
    async run(bench) {
      await bench.online()
      const login = await bench.events.position('login')
      for (const [at, event] of bench.events.list.entries()) {
        if (event.name !== 'scan') continue
        assertScan(event.payload)
        assert(at < login, 'a scan event came after the login')
      }
    },
  },
  {
    name: 'the login event carries only the id of the current user',
    async run(bench) {
      const contactId = await bench.online()
      assert.equal(bench.puppet.currentUserId, contactId)
      assert.equal(bench.puppet.isLoggedIn, true)
      assert.equal(bench.events.named('login').length, 1)
    },
  },
  {
    name: 'ready comes once, after the login',
    async run(bench) {
      await bench.online()
      const ready = await bench.events.position('ready')
      assert(ready > (await bench.events.position('login')), 'ready came before the login')
      await bench.receive()
      assert.equal(bench.events.named('ready').length, 1)
    },
  },
  {
    name: 'the self contact is answered inside the login event',
    async run(bench) {
      const asked = askInside(bench, 'login')
      await Promise.all([bench.answer(asked, 'contactPayload() inside login'), bench.online()])
    },
  },
  {
    name: 'the self contact is answered inside the logout event of a stop',
    async run(bench) {
      await bench.online()
      const asked = askInside(bench, 'logout')
      await Promise.all([bench.answer(asked, 'contactPayload() inside logout'), bench.stop()])
    },
  },
  {
    name: 'the self contact is answered after stop',
    async run(bench) {
      const contactId = await bench.online()
      await bench.stop()
      assertContact(await bench.answer(bench.puppet.contactPayload(contactId), 'contactPayload()'), contactId)
    },
  },
  {
    name: 'a stop logs out once, before it resolves',
    async run(bench) {
      const contactId = await bench.online()
      await bench.stop()
      const logouts = bench.events.named('logout')
      assert.equal(logouts.length, 1)
      assertLogout(logouts[0]?.payload, contactId)
    },
  },
  {
    name: 'a logout by the backend is emitted once and leaves the puppet running',
    async run(bench) {
      const contactId = await bench.online()
      await bench.answer(bench.subject.logout(), 'logout() of the harness')
      assertLogout(await bench.events.payload('logout'), contactId)
      await bench.until(() => !bench.puppet.isLoggedIn, 'isLoggedIn false after the logout event')
      assert.equal(bench.puppet.state.active(), true)
      assert.equal(bench.events.named('logout').length, 1)
    },
  },
  {
    name: 'a person can log in again after a logout',
    async run(bench) {
      await bench.online()
      await bench.answer(bench.subject.logout(), 'logout() of the harness')
      await bench.until(() => !bench.puppet.isLoggedIn, 'isLoggedIn false after the logout event')
      const again = await bench.login(await bench.events.position('logout'))
      assert.equal(bench.puppet.currentUserId, again)
      await bench.receive()
    },
  },
]

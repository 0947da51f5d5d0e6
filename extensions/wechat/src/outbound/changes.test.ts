import { expect, it } from 'vitest'
import { Changes } from './changes.ts'

it('resolves with the next change of its conversation', async () => {
  const changes = new Changes()
  const next = changes.next('a', new AbortController().signal)
  changes.announce('b')
  changes.announce('a')
  await next
})

it('resolves when its signal aborts, also before it is asked', async () => {
  const changes = new Changes()
  const over = new AbortController()
  const next = changes.next('a', over.signal)
  over.abort()
  await next
  await changes.next('a', over.signal)
})

it('wakes all conversations', async () => {
  const changes = new Changes()
  const { signal } = new AbortController()
  const all = Promise.all([changes.next('a', signal), changes.next('b', signal)])
  changes.announceAll()
  expect(await all).toEqual([undefined, undefined])
})

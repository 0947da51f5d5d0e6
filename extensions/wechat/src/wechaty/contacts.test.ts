import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { Contacts } from './contacts.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const ann = { id: 'ann', name: 'Ann', alias: 'Sister', type: types.Contact.Individual }

function contacts(contactPayload: (id: string) => Promise<unknown>) {
  let nowMs = 0
  const asked = vi.fn(contactPayload)
  const puppet = Object.assign(new PuppetMock(), { contactPayload: asked })
  const contacts = new Contacts(puppet, () => nowMs)
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { contacts, asked, pass }
}

it('has the name and the remark of a sender, and whether it is a public account', async () => {
  const known = contacts(async () => ann).contacts
  expect(await known.of('ann')).toEqual({ name: 'Ann', alias: 'Sister', isOfficial: false })
  const official = contacts(async () => ({ ...ann, type: types.Contact.Official })).contacts
  expect(await official.of('gh')).toMatchObject({ isOfficial: true })
})

it.each([{}, { name: 7, alias: null, type: 'x' }])(
  'takes a contact that is odd for what it has: %j',
  async (odd) => {
    const found = await contacts(async () => odd).contacts.of('ann')
    expect(found).toEqual({ name: '', alias: '', isOfficial: false })
  },
)

describe('a contact that comes late', () => {
  it('is waited for a little', async () => {
    let isThere = false
    const { contacts: late } = contacts(async () => {
      if (!isThere) throw new Error('not synced yet')
      return ann
    })
    const found = late.of('ann')
    await vi.advanceTimersByTimeAsync(1_000)
    isThere = true
    await vi.advanceTimersByTimeAsync(1_500)
    expect(await found).toMatchObject({ name: 'Ann' })
  })

  it.each([
    ['fails', () => Promise.reject(new Error('not synced yet'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('is done without after three seconds, when the look-up %s', async (_, contactPayload) => {
    const found = contacts(contactPayload).contacts.of('ann')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await found).toBeUndefined()
  })

  it('delays no other message of its sender for a minute, and is found as soon as it is there', async () => {
    let isThere = false
    const {
      contacts: late,
      asked,
      pass,
    } = contacts(async () => {
      if (!isThere) throw new Error('not synced yet')
      return ann
    })
    const first = late.of('ann')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await first).toBeUndefined()
    asked.mockClear()
    expect(await late.of('ann')).toBeUndefined()
    expect(asked).toHaveBeenCalledTimes(1)
    isThere = true
    expect(await late.of('ann')).toMatchObject({ name: 'Ann' })
    isThere = false
    pass(60_000)
    const later = late.of('ann')
    await vi.advanceTimersByTimeAsync(1_000)
    isThere = true
    await vi.advanceTimersByTimeAsync(1_500)
    expect(await later).toMatchObject({ name: 'Ann' })
  })
})

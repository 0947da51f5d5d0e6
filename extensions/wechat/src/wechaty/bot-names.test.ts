import { describe, expect, it, vi } from 'vitest'
import { types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { LookedUpNames, lookUpGroupAlias, lookUpName } from './bot-names.ts'

const lookingUp = () => vi.fn(async (roomId: string): Promise<string | undefined> => `bot of ${roomId}`)

it('looks a name up once, and again after a minute', async () => {
  const lookUp = lookingUp()
  let nowMs = 0
  const aliases = new LookedUpNames(lookUp, () => nowMs)
  expect(await Promise.all([aliases.of('R1'), aliases.of('R1')])).toEqual(['bot of R1', 'bot of R1'])
  expect(lookUp).toHaveBeenCalledTimes(1)
  nowMs = 60_000
  await aliases.of('R1')
  expect(lookUp).toHaveBeenCalledTimes(2)
})

it('remembers 1,000 names, and drops the one whose look-up is the oldest', async () => {
  const lookUp = lookingUp()
  const aliases = new LookedUpNames(lookUp, () => 0)
  for (let n = 0; n <= 1_000; n++) await aliases.of(`R${n}`)
  lookUp.mockClear()
  for (let n = 1; n <= 1_000; n++) await aliases.of(`R${n}`)
  expect(lookUp).not.toHaveBeenCalled()
  await aliases.of('R0')
  expect(lookUp).toHaveBeenCalledTimes(1)
})

it('takes a failed look-up for no name, and repeats it a few seconds later', async () => {
  const lookUp = lookingUp().mockRejectedValueOnce(new Error('not here'))
  let nowMs = 0
  const aliases = new LookedUpNames(lookUp, () => nowMs)
  expect(await aliases.of('R1')).toBeUndefined()
  expect(await aliases.of('R1')).toBeUndefined()
  expect(lookUp).toHaveBeenCalledTimes(1)
  nowMs = 3_000
  expect(await aliases.of('R1')).toBe('bot of R1')
})

it('gives a puppet that hangs two seconds', async () => {
  vi.useFakeTimers()
  try {
    const aliases = new LookedUpNames(
      () => new Promise(() => undefined),
      () => 0,
    )
    const alias = aliases.of('R1')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await alias).toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})

it('keeps the last name while look-ups fail', async () => {
  const lookUp = lookingUp().mockResolvedValueOnce('Bot').mockRejectedValueOnce(new Error('not now'))
  let nowMs = 0
  const names = new LookedUpNames(lookUp, () => nowMs)
  expect(await names.of('bot')).toBe('Bot')
  nowMs = 60_000
  expect(await names.of('bot')).toBe('Bot')
  nowMs += 3_000
  expect(await names.of('bot')).toBe('bot of bot')
})

describe('a look-up', () => {
  /** A puppet with Wechaty's caches, whose backend changes its mind. */
  function renamed(members: object = {}) {
    let name = 'Old'
    const puppet = Object.assign(new PuppetMock(), {
      contactRawPayload: async (id: string) => ({ id, name, type: types.Contact.Individual }),
      contactRawPayloadParser: async (raw: object) => raw,
      roomMemberRawPayload: async (_: string, id: string) => ({ id, name: 'Bot', roomAlias: name }),
      roomMemberRawPayloadParser: async (raw: object) => raw,
      ...members,
    })
    Object.defineProperty(puppet, 'currentUserId', { value: 'bot' })
    return { puppet, rename: (next: string) => (name = next) }
  }

  it('finds a new name behind the cache of Wechaty', async () => {
    const { puppet, rename } = renamed()
    expect(await lookUpName(puppet, 'bot')).toBe('Old')
    rename('New')
    expect((await puppet.contactPayload('bot')).name).toBe('Old')
    expect(await lookUpName(puppet, 'bot')).toBe('New')
    expect(await lookUpGroupAlias(puppet, 'R1')).toBe('New')
  })

  it('needs no server that knows how to forget', async () => {
    const dirtyPayload = () => Promise.reject(new Error('12 UNIMPLEMENTED'))
    const { puppet, rename } = renamed({ dirtyPayload })
    expect(await lookUpName(puppet, 'bot')).toBe('Old')
    rename('New')
    expect(await lookUpName(puppet, 'bot')).toBe('New')
  })

  it('finds no name where there is none', async () => {
    const { puppet, rename } = renamed()
    rename('')
    expect(await lookUpName(puppet, 'bot')).toBeUndefined()
    expect(await lookUpGroupAlias(puppet, 'R1')).toBeUndefined()
  })
})

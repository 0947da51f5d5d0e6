/**
 * Two accounts of one gateway have nothing in common: not who may write, not what was said, not what waits to be sent.
 */

import { expect, it } from 'vitest'
import { answersTo, type Chat, type World } from './world.ts'

export function withTwoAccounts(world: () => World): void {
  it('asks a stranger for a code of each account, and an approval holds for that one', async () => {
    const [office, club] = [world().hosted('office', 'eve'), world().hosted('club', 'eve')]
    const codes = [await codeFor(office), await codeFor(club)]
    expect(new Set(codes).size).toBe(2)
    const approve = ['pairing', 'approve', 'wechaty', codes[1] ?? '', '--account', 'club']
    const { output } = await world().host.run(...approve)
    expect(output).toMatch(/approved/i)
    await answersTo(club, 'am I in at the club?')
    await office.say('am I in at the office?')
    // The next message of the account is decided after this one.
    await answersTo(world().hosted('office'), 'a word after the one of eve')
    expect(world().requestsWith('am I in at the club?')).toHaveLength(1)
    expect(world().requestsWith('am I in at the office?')).toEqual([])
  })

  it('keeps what one person says to two accounts apart', async () => {
    await answersTo(world().hosted('office'), 'a secret of the office')
    await answersTo(world().hosted('club'), 'what do you know?')
    const { messages } = await world().asked('what do you know?')
    expect(messages.some(({ text }) => text.includes('a secret of the office'))).toBe(false)
  })

  it('sends for one account while the backend of the other one hangs', async () => {
    world().office.hang()
    await answersTo(world().hosted('office'), 'a message that is never confirmed')
    const [answer] = await answersTo(world().hosted('club'), 'is the club open?')
    expect(answer?.text).toContain('is the club open?')
  })
}

async function codeFor(chat: Chat): Promise<string> {
  const shown = await answersTo(chat, 'may I?')
  const code = /\b[A-HJ-NP-Z2-9]{8}\b/.exec(shown.map(({ text }) => text).join())?.[0]
  expect(code).toBeDefined()
  return code ?? ''
}

/**
 * The gateway is stopped in order, and killed: no message is lost, and no answer comes twice.
 */

import { expect, it } from 'vitest'
import { answersTo, type Chat, shownSince, type World } from './world.ts'

export function overItsEnds(world: () => World): void {
  it('goes on after a restart: logged in, and with the conversation', async () => {
    const chats = [world().ilink('phone'), world().hosted('office')]
    for (const chat of chats) await answersTo(chat, `remember the word for ${chat.accountId}`)
    await world().host.stop()
    await world().host.start()
    for (const chat of chats) {
      await answersTo(chat, `what was it, ${chat.accountId}?`)
      const { messages } = await world().asked(`what was it, ${chat.accountId}?`)
      expect(messages.some(({ text }) => text.includes(`remember the word for ${chat.accountId}`))).toBe(true)
    }
  })

  it('answers after a kill, once, what was being answered; what was being sent is shown once', async () => {
    const { host, office, club } = world()
    const answering = [world().ilink('phone'), world().hosted('office')]
    const sending = [world().ilink('tablet'), world().hosted('club')]
    const before = new Map<Chat, number>()
    for (const chat of [...answering, ...sending]) before.set(chat, (await chat.shown()).length)

    world().answers('cut off', new Promise(() => {}))
    for (const chat of answering) await chat.say(`cut off at ${chat.accountId}`)
    for (const chat of answering) await world().asked(`cut off at ${chat.accountId}`)
    await host.backend.control.fault({ endpoint: 'sendmessage', kind: 'stall-body' })
    club.hang()
    for (const chat of sending) {
      await chat.say(`being sent by ${chat.accountId}`)
      await shownSince(chat, before.get(chat) ?? 0)
    }
    await host.stop('SIGKILL')
    world().answers('cut off', 'The answer after all.')
    await host.start()
    // A service that does not know whether the message was received.
    office.repeat()

    for (const chat of answering) await shownSince(chat, before.get(chat) ?? 0)
    for (const chat of [...answering, ...sending]) {
      await answersTo(chat, `after the kill at ${chat.accountId}`)
      const since = (await chat.shown()).slice(before.get(chat)).map(({ text }) => text)
      const first = answering.includes(chat)
        ? 'The answer after all.'
        : expect.stringContaining(`being sent by ${chat.accountId}`)
      expect(since).toEqual([first, expect.stringContaining(`after the kill at ${chat.accountId}`)])
    }
  })
}

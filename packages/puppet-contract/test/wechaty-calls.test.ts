/** Which members WeChaty calls by itself is seen by running a real bot on a puppet whose members are watched. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { WechatyBuilder } from 'wechaty'
import { PuppetMock } from 'wechaty-puppet-mock'
import { type MemberName, members } from '../src/index.ts'
import { populatedMocker, subjectOf } from './mock-harness.ts'

/** Answered by every puppet although WeChaty 1.20 leaves them to the bot: `contact.readMark()`, older clients. */
const askedByBots: readonly MemberName[] = ['contactAlias', 'conversationReadMark']

/** The members that are called from now on. */
function watch(puppet: PuppetMock): ReadonlySet<string> {
  const called = new Set<string>()
  for (const { name } of members) {
    const member: unknown = Reflect.get(puppet, name)
    if (typeof member !== 'function') continue
    Reflect.set(puppet, name, (...args: unknown[]) => {
      called.add(name)
      return Reflect.apply(member, puppet, args)
    })
  }
  return called
}

test('a bot that listens and looks things up calls the members that the list gives to WeChaty', async () => {
  const mocker = populatedMocker()
  const puppet = new PuppetMock({ mocker })
  const called = watch(puppet)
  const subject = subjectOf(puppet, mocker, async () => undefined)
  const bot = WechatyBuilder.build({ puppet })
  const texts: string[] = []
  bot.on('message', (message) => void texts.push(message.text()))
  bot.on('error', () => undefined)

  await bot.start()
  await subject.login()
  await subject.receiveText({ from: subject.peerId, text: 'direct' })
  await subject.receiveRoomText?.({ from: subject.peerId, text: 'in a room' })
  puppet.emit('friendship', { friendshipId: 'friendship' })
  puppet.emit('post', { postId: 'post' })
  await vi.waitFor(() => expect(texts).toHaveLength(2))
  const [peer] = await bot.Contact.findAll({ name: 'Peer' })
  const [room] = await bot.Room.findAll()
  if (peer) await room?.alias(peer)
  await bot.stop()
  // The logout event of the stop is still on its way to the bot.
  await delay(20)

  const given = members.filter(({ calledByWechaty }) => calledByWechaty).map(({ name }) => name)
  expect([...called, ...askedByBots].toSorted()).toEqual(given.toSorted())
})

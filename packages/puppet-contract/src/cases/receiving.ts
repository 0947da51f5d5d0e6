/** What comes in: events that carry ids, payloads that are complete, and caches that can be told to forget. */
import assert from 'node:assert/strict'
import { type Bench, uniqueText } from '../bench.ts'
import { nobody } from '../probes.ts'
import { assertClearRefusal } from '../refusals.ts'
import { assertContact, assertMessage, assertRoom, assertRoomMember, soleId } from '../shapes.ts'
import type { CaseDefinition } from './case.ts'

const textsInOrder = 5

/** Answers with a payload, or refuses in a way that a person can read; anything else fails. */
async function answersOrRefuses<T>(work: Promise<T>, check: (payload: T) => void): Promise<void> {
  const outcome = await work.then(
    (payload) => ({ payload }),
    (error: unknown) => ({ error }),
  )
  if ('payload' in outcome) check(outcome.payload)
  else assertClearRefusal(outcome.error)
}

/** Has the peer write in a room; resolves with the message, whose place must be a room. */
async function receiveInRoom(bench: Bench) {
  const { subject } = bench
  if (!subject.receiveRoomText) throw new Error('the harness gives no receiveRoomText()')
  const text = uniqueText()
  const said = subject.receiveRoomText({ from: subject.peerId, text })
  await bench.answer(said, 'receiveRoomText() of the harness')
  const message = await bench.messageWithText(text)
  const { roomId } = message.payload
  assert(roomId, 'a message in a room has a roomId')
  return { ...message, roomId }
}

async function textsOf(bench: Bench): Promise<readonly (string | undefined)[]> {
  const ids = bench.events.named('message').map(({ payload }) => soleId('message', payload, 'messageId'))
  const payloads = await Promise.all(ids.map((id) => bench.puppet.messagePayload(id)))
  return payloads.map(({ text }) => text)
}

export const receivingCases: readonly CaseDefinition[] = [
  {
    name: 'a received text is announced by its id and has a complete payload',
    async run(bench) {
      await bench.online()
      const { id, payload } = await bench.receive()
      assertMessage(payload, id)
      assert.equal(payload.talkerId, bench.subject.peerId)
    },
  },
  {
    name: 'the text of a direct message is addressed to the user and to no room',
    async run(bench) {
      const contactId = await bench.online()
      const { payload } = await bench.receive()
      assert.equal(payload.listenerId, contactId)
      assert(!payload.roomId, 'a direct message has no roomId')
    },
  },
  {
    name: 'received texts keep their order and come once each',
    async run(bench) {
      await bench.online()
      const said = Array.from({ length: textsInOrder }, uniqueText)
      for (const text of said) await bench.peerSays(text)
      await bench.messageWithText(said.at(-1) ?? '')
      const received = await textsOf(bench)
      assert.deepEqual(
        received.filter((text) => text && said.includes(text)),
        said,
      )
    },
  },
  {
    name: 'the sender of a message is a contact',
    async run(bench) {
      await bench.online()
      const { payload } = await bench.receive()
      assertContact(
        await bench.answer(bench.puppet.contactPayload(payload.talkerId), 'contactPayload()'),
        payload.talkerId,
      )
    },
  },
  {
    name: 'a received room text leads to the room and to its sender as a member',
    needs: ['receiveRoomText'],
    async run(bench) {
      await bench.online()
      const { id, payload, roomId } = await receiveInRoom(bench)
      assertMessage(payload, id)
      const room = await bench.answer(bench.puppet.roomPayload(roomId), 'roomPayload()')
      assertRoom(room, roomId)
      const memberIds = await bench.answer(bench.puppet.roomMemberList(roomId), 'roomMemberList()')
      assert(memberIds.includes(payload.talkerId), 'the sender is on the member list')
      const member = bench.puppet.roomMemberPayload(roomId, payload.talkerId)
      assertRoomMember(await bench.answer(member, 'roomMemberPayload()'), payload.talkerId)
    },
  },
  {
    name: 'a message payload is fetched once, and again after it is dirty',
    async run(bench) {
      await bench.online()
      const { id, payload } = await bench.receive()
      const fetch = bench.puppet.messageRawPayload.bind(bench.puppet)
      let fetches = 0
      bench.puppet.messageRawPayload = (messageId) => {
        fetches += 1
        return fetch(messageId)
      }
      await bench.puppet.messagePayloadDirty(id)
      assert.deepEqual(await bench.puppet.messagePayload(id), payload)
      assert.deepEqual(await bench.puppet.messagePayload(id), payload)
      assert.equal(fetches, 1, 'fetched once for two questions')
      await bench.puppet.messagePayloadDirty(id)
      assert.deepEqual(await bench.puppet.messagePayload(id), payload)
      assert.equal(fetches, 2, 'fetched again after it was dirty')
    },
  },
  {
    name: 'a contact payload is fetched once, and again after it is dirty',
    async run(bench) {
      await bench.online()
      await bench.receive()
      const { peerId } = bench.subject
      const fetch = bench.puppet.contactRawPayload.bind(bench.puppet)
      let fetches = 0
      bench.puppet.contactRawPayload = (contactId) => {
        fetches += 1
        return fetch(contactId)
      }
      await bench.puppet.contactPayloadDirty(peerId)
      const payload = await bench.puppet.contactPayload(peerId)
      assert.deepEqual(await bench.puppet.contactPayload(peerId), payload)
      assert.equal(fetches, 1, 'fetched once for two questions')
      await bench.puppet.contactPayloadDirty(peerId)
      assert.deepEqual(await bench.puppet.contactPayload(peerId), payload)
      assert.equal(fetches, 2, 'fetched again after it was dirty')
    },
  },
  {
    name: 'the parser makes the same payload of the same raw payload',
    async run(bench) {
      await bench.online()
      const { id, payload } = await bench.receive()
      const raw: unknown = await bench.answer(bench.puppet.messageRawPayload(id), 'messageRawPayload()')
      assert.deepEqual(await bench.puppet.messageRawPayloadParser(raw), payload)
      assert.deepEqual(await bench.puppet.messageRawPayloadParser(raw), payload)
    },
  },
  {
    name: 'an unknown contact is made up or clearly refused',
    async run(bench) {
      await bench.online()
      const { unknownContactId } = bench.subject
      const asked = bench.answer(bench.puppet.contactPayload(unknownContactId), 'contactPayload()')
      await answersOrRefuses(asked, (payload) => assertContact(payload, unknownContactId))
    },
  },
  {
    name: 'an unknown message is clearly refused',
    async run(bench) {
      await bench.online()
      const asked = bench.answer(bench.puppet.messagePayload(nobody.messageId), 'messagePayload()')
      await answersOrRefuses(asked, () => assert.fail('a message that never was has a payload'))
    },
  },
  {
    name: 'an unknown room is made up or clearly refused',
    async run(bench) {
      await bench.online()
      const asked = bench.answer(bench.puppet.roomPayload(nobody.roomId), 'roomPayload()')
      await answersOrRefuses(asked, (payload) => assertRoom(payload, nobody.roomId))
    },
  },
]

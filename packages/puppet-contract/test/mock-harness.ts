/** wechaty-puppet-mock as the suite sees it. Its mocker is the backend. */
import type { Puppet } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import type { PuppetHarness, PuppetUnderTest } from '../src/index.ts'

const ids = { self: 'self', peer: 'peer', room: 'room@chatroom' }

export function populatedMocker() {
  const mocker = new mock.Mocker()
  mocker.createContact({ id: ids.self, name: 'Self' })
  mocker.createContact({ id: ids.peer, name: 'Peer' })
  mocker.createRoom({ id: ids.room, topic: 'Room', memberIdList: [ids.self, ids.peer] })
  return mocker
}

/** @param mocker the backend of `puppet`, which may be the mock itself or stand before it */
export function subjectOf(
  puppet: Puppet,
  mocker: ReturnType<typeof populatedMocker>,
  dispose: () => Promise<void>,
): PuppetUnderTest {
  return {
    puppet,
    peerId: ids.peer,
    unknownContactId: 'nobody',
    login: async () => {
      if (mocker.puppet.isLoggedIn) return
      mocker.scan('https://example.com/scan')
      mocker.login(mocker.ContactMock.load(ids.self))
    },
    logout: async () => mocker.puppet.logout(),
    receiveText: async ({ from, text }) => {
      mocker.ContactMock.load(from).say(text).to(mocker.ContactMock.load(ids.self))
    },
    receiveRoomText: async ({ from, text }) => {
      mocker.ContactMock.load(from).say(text).to(mocker.RoomMock.load(ids.room))
    },
    sentTexts: async () =>
      [...mocker.cacheMessagePayload.values()]
        .filter(({ talkerId }) => talkerId === ids.self)
        .map(({ listenerId, roomId, text }) => ({ to: roomId ?? listenerId ?? '', text: text ?? '' })),
    dispose,
  }
}

export const mockHarness: PuppetHarness = {
  gives: ['receiveRoomText', 'sentTexts'],
  timeouts: { answerMs: 3_000 },
  create: async () => {
    const mocker = populatedMocker()
    return subjectOf(new PuppetMock({ mocker }), mocker, async () => undefined)
  },
}

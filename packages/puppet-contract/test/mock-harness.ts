/** wechaty-puppet-mock as the suite sees it. Its mocker is the backend. */
import { log, type Puppet } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import type { PuppetHarness, PuppetUnderTest } from '../src/index.ts'

// The cases provoke refusals by the dozen, and WeChaty reports each with its stack.
log.level('silent')

const peerId = 'peer'
const roomId = 'room@chatroom'

type Mocker = InstanceType<typeof mock.Mocker>

export function populatedMocker(): Mocker {
  const mocker = new mock.Mocker()
  mocker.createContact({ id: peerId, name: 'Peer' })
  mocker.createRoom({ id: roomId, topic: 'Room', memberIdList: [peerId] })
  return mocker
}

/**
 * Each login is that of another person: wechaty-puppet-service closes its files some time after a logout, and
 * an account that comes back before ends the process with an uncaught LOCK error of LevelDB.
 */
function loginOf(mocker: Mocker) {
  const selves: ReturnType<Mocker['createContact']>[] = []
  return {
    self: () => selves.at(-1),
    isSelf: (contactId: string) => selves.some(({ id }) => id === contactId),
    login: async () => {
      if (mocker.puppet.isLoggedIn) return
      const self = mocker.createContact({ id: `self-${selves.length + 1}`, name: 'Self' })
      selves.push(self)
      mocker.scan('https://example.com/scan')
      mocker.login(self)
    },
  }
}

/** @param puppet the mock itself, or one that stands before it */
export function subjectOf(puppet: Puppet, mocker: Mocker, dispose: () => Promise<void>): PuppetUnderTest {
  const { self, isSelf, login } = loginOf(mocker)
  return {
    puppet,
    peerId,
    unknownContactId: 'nobody',
    login,
    logout: async () => mocker.puppet.logout(),
    receiveText: async ({ from, text }) => mocker.ContactMock.load(from).say(text).to(self()),
    receiveRoomText: async ({ from, text }) =>
      mocker.ContactMock.load(from).say(text).to(mocker.RoomMock.load(roomId)),
    sentTexts: async () =>
      [...mocker.cacheMessagePayload.values()]
        .filter(({ talkerId }) => isSelf(talkerId))
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

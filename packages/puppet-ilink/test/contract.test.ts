import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlClient, startSimulator } from 'ilink-simulator'
import { describe, expect, it } from 'vitest'
import { notApplicable, type PuppetUnderTest, puppetContract } from 'wechaty-puppet-contract'
import { PuppetILink } from '../src/index.ts'

/** What iLink has no endpoint for. */
const unsupported = [
  'contactSelfName',
  'contactSelfQRCode',
  'contactSelfSignature',
  'contactAvatar',
  'contactPhone',
  'contactCorporationRemark',
  'contactDescription',
  'messageContact',
  'messageMiniProgram',
  'messageUrl',
  'messageLocation',
  'messageSendContact',
  'messageSendLocation',
  'messageSendMiniProgram',
  'messageSendPost',
  'messageSendUrl',
  'messageRecall',
  'roomAdd',
  'roomAvatar',
  'roomCreate',
  'roomDel',
  'roomQRCode',
  'roomQuit',
  'roomTopic',
  'roomAnnounce',
  'roomInvitationAccept',
  'roomInvitationRawPayload',
  'roomInvitationRawPayloadParser',
  'friendshipAccept',
  'friendshipAdd',
  'friendshipSearchPhone',
  'friendshipSearchHandle',
  'friendshipRawPayload',
  'friendshipRawPayloadParser',
  'postRawPayload',
  'postRawPayloadParser',
  'postPublish',
  'postSearch',
  'tap',
  'tapSearch',
  'tagContactAdd',
  'tagContactDelete',
  'tagContactList',
  'tagContactRemove',
] as const

const peerId = 'o9cq80Contract-Peer@im.wechat'

/** A puppet on a simulator of its own, which outlives it in a restart. */
const create = async (): Promise<PuppetUnderTest> => {
  const simulator = await startSimulator({ holdMs: 400, qrHoldMs: 100 })
  const control = controlClient(simulator.controlUrl)
  const stateDir = await mkdtemp(join(tmpdir(), 'puppet-ilink-contract-'))
  let botId: string | undefined

  const newPuppet = () =>
    new PuppetILink({
      baseUrl: simulator.url,
      cdnBaseUrl: simulator.cdnUrl,
      loginBaseUrl: simulator.url,
      stateDir,
    })

  const underTest = (puppet: PuppetILink): PuppetUnderTest => ({
    puppet,
    peerId,
    unknownContactId: 'o9cq80Nobody@im.wechat',
    async login() {
      const open = () => control.qrCodes()
      await expect
        .poll(async () => puppet.isLoggedIn || (await open()).length > 0, { timeout: 5_000 })
        .toBe(true)
      if (puppet.isLoggedIn) return
      const [code] = (await open()).slice(-1)
      botId = (await control.confirm(code?.qrcode ?? '', { userId: peerId })).botId
    },
    logout: async () => void (await control.expireSession(botId ?? '')),
    receiveText: async ({ from, text }) => void (await control.inbound({ botId: botId ?? '', from, text })),
    sentTexts: async () =>
      (await control.sent()).flatMap(({ to, items }) =>
        items.map((item) => ({ to, text: JSON.parse(JSON.stringify(item)).text_item.text })),
      ),
    restart: async () => underTest(newPuppet()),
    async dispose() {
      await simulator.close()
      await rm(stateDir, { recursive: true, force: true })
    },
  })
  return underTest(newPuppet())
}

const harness = { create, gives: ['sentTexts', 'restart'], unsupported } as const

describe('PuppetILink keeps the puppet contract:', () => {
  for (const { name, run } of puppetContract(harness)) it(name, run)

  it('except for rooms, which iLink does not deliver', () => {
    expect(notApplicable(harness).map(({ needs }) => needs)).toEqual([['receiveRoomText']])
  })
})

/**
 * Replies with a quote, with a puppet in this process that supports it. Over gRPC only the Wechaty contract is available.
 */

import { join } from 'node:path'
import { DiskBudget } from '@moltbot/channel-sdk'
import { afterEach, expect, it } from 'vitest'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { Account } from '../extensions/wechat/src/account.ts'
import { resolveAccounts } from '../extensions/wechat/src/config/resolve.ts'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { OwnBots } from '../extensions/wechat/src/inbound/own-bots.ts'
import { openSqliteStore } from '../extensions/wechat/src/store/sqlite-store.ts'
import { testHost } from '../extensions/wechat/test/host.ts'
import { eventually } from '../extensions/wechat/test/samples.ts'

interface Sent {
  readonly to: string
  readonly text: string
  readonly quotes: string | undefined
}

class QuotingPuppet extends PuppetMock {
  readonly capabilities: object
  readonly sent: Sent[] = []

  constructor(mocker: mock.Mocker, quote: boolean) {
    super({ mocker })
    this.capabilities = { quote, minSendGapMs: 0 }
  }

  async sendText(to: string, text: string, { quoteMessageId }: { quoteMessageId?: string }): Promise<void> {
    this.sent.push({ to, text, quotes: quoteMessageId })
  }
}

const accounts: Account[] = []
afterEach(() => Promise.all(accounts.splice(0).map((account) => account.stop(1_000))))

/** An online account with such a puppet, and a user who writes to it. */
async function stage({ quote }: { quote: boolean }) {
  const mocker = new mock.Mocker()
  const puppet = new QuotingPuppet(mocker, quote)
  const host = testHost()
  const [resolved] = resolveAccounts(wechatConfigSchema.parse({ dmPolicy: 'open', textChunkLimit: 20 }))
  if (resolved === undefined) throw new Error('no account')
  const account = new Account({
    channelId: 'wechat',
    account: resolved,
    host,
    store: openSqliteStore(join(host.stateDir, 'store.sqlite')).store,
    createPuppet: async () => ({ puppet }),
    now: Date.now,
    random: Math.random,
    runId: 'run',
    addresses: {},
    disk: new DiskBudget(),
    webhookAttempts: (work) => work(),
    ownBots: new OwnBots(),
  })
  accounts.push(account)
  account.start()
  await eventually(() => expect(puppet.state.active()).toBe(true), 20_000)
  const bot = mocker.createContact({ id: 'bot', name: 'Bot' })
  const alice = mocker.createContact({ id: 'alice', name: 'Alice' })
  const room = mocker.createRoom({ id: 'books@chatroom', topic: 'Books', memberIdList: ['bot', 'alice'] })
  mocker.login(bot)
  await eventually(async () => expect((await account.snapshot()).state).toBe('online'), 20_000)
  return { puppet, host, bot, alice, room }
}

it('quotes the answered message in a group, in the first chunk only', async () => {
  const { puppet, host, bot, alice, room } = await stage({ quote: true })
  host.agent = async () => 'The first sentence. And the second one.'
  alice.say('@Bot which one?', [bot]).to(room)
  await eventually(() => expect(puppet.sent).toHaveLength(2), 20_000)
  const asked = host.turns[0]?.messages[0]?.id
  expect(asked).toBeDefined()
  expect(puppet.sent).toEqual([
    { to: 'books@chatroom', text: 'The first sentence. ', quotes: asked },
    { to: 'books@chatroom', text: 'And the second one.', quotes: undefined },
  ])
})

it('does not quote in a direct chat', async () => {
  const { puppet, bot, alice } = await stage({ quote: true })
  alice.say('hello').to(bot)
  await eventually(() => expect(puppet.sent).toHaveLength(1), 20_000)
  expect(puppet.sent).toEqual([{ to: 'alice', text: 'answer to hello', quotes: undefined }])
})

it('answers without a quote if the puppet does not support quotes', async () => {
  const { puppet, bot, alice, room } = await stage({ quote: false })
  alice.say('@Bot hello', [bot]).to(room)
  await eventually(() => expect(puppet.sent).toHaveLength(1), 20_000)
  expect(puppet.sent).toEqual([{ to: 'books@chatroom', text: 'answer to hello', quotes: undefined }])
})

/**
 * A channel without a network: its accounts do what their configuration says, and sending to one runs a turn.
 */

import {
  type AccountSnapshot,
  type Channel,
  type ChannelHost,
  type ChannelPlugin,
  MoltbotError,
} from '@moltbot/channel-sdk'
import { z } from 'zod'

const behaviours = ['online', 'scan', 'throws', 'hangs', 'disabled'] as const
const configSchema = z.strictObject({
  accounts: z.record(z.string(), z.enum(behaviours)).default({ a: 'online' }),
  secret: z.string().optional(),
  stopTakesMs: z.number().default(0),
})
type FakeConfig = z.infer<typeof configSchema>

/** What `send` does when the text is one of these, besides answering any other text. */
const mishaps: Readonly<Record<string, () => unknown>> = {
  'throw later': () =>
    setImmediate(() => {
      throw new Error('thrown by the fake channel')
    }),
  'reject later': () => Promise.reject(new Error('rejected by the fake channel')),
}

const plugin: ChannelPlugin<FakeConfig> = {
  id: 'fake',
  label: 'Fake',
  configSchema,
  warnings: () => [],
  create: async (host, config) => createFakeChannel(host, config),
}

export default plugin

function createFakeChannel(host: ChannelHost, first: FakeConfig): Channel<FakeConfig> {
  let config = first
  const states = new Map<string, AccountSnapshot>()
  const set = (accountId: string, state: AccountSnapshot['state'], reason: string) => {
    const account: AccountSnapshot = {
      accountId,
      puppet: 'fake',
      state,
      sinceMs: Date.now(),
      reason,
      nextAction: state === 'scan' ? 'scan' : 'none',
      outbox: { waiting: 0, troubled: 0 },
      setAside: 0,
    }
    states.set(accountId, account)
    if (state !== 'idle' && state !== 'disabled') host.report({ type: 'state', account })
  }
  const prepare = (id: string) => {
    set(id, config.accounts[id] === 'disabled' ? 'disabled' : 'idle', 'not started')
  }
  const startAccount = async (accountId: string) => {
    const behaviour = config.accounts[accountId]
    if (behaviour === 'throws') throw new MoltbotError('fake-failure', `account ${accountId} cannot start`)
    if (behaviour === 'hangs') await new Promise(() => undefined)
    if (behaviour === 'scan')
      host.report({ type: 'qr', accountId, url: 'https://qr.example/1', terminal: '█▀█' })
    set(accountId, behaviour === 'scan' ? 'scan' : 'online', `knows ${config.secret ?? 'no secret'}`)
  }
  Object.keys(config.accounts).forEach(prepare)
  if (config.secret !== undefined) host.registerSecret(config.secret)

  return {
    get defaultAccountId() {
      return Object.keys(config.accounts)[0]
    },
    get accountIds() {
      return [...states.keys()]
    },
    accounts: async () => [...states.values()],
    account: async (accountId) => {
      const account = states.get(accountId)
      if (account === undefined) throw new MoltbotError('account-unknown', `no account ${accountId}`)
      return account
    },
    startAccount,
    reconfigure: async (next) => {
      const before = config
      const ids = new Set([...Object.keys(before.accounts), ...Object.keys(next.accounts)])
      const touched = [...ids].filter((id) => before.accounts[id] !== next.accounts[id])
      config = next
      for (const id of touched) states.delete(id)
      for (const id of touched.filter((id) => Object.hasOwn(next.accounts, id))) {
        prepare(id)
        if (next.accounts[id] !== 'disabled') await startAccount(id)
      }
      return touched
    },
    submitVerifyCode: async () => undefined,
    logout: async (accountId) => set(accountId, 'logged-out', 'the operator ended it'),
    probe: async () => undefined,
    explain: async ({ senderId }) => ({
      action: 'dispatch',
      reason: 'fake-open',
      steps: [{ step: 'sender', outcome: 'dispatch', detail: senderId }],
    }),
    stopAccount: async (accountId) => set(accountId, 'idle', 'stopped'),
    send: async ({ accountId, to, text }) => {
      mishaps[text]?.()
      if (text === 'may I?') {
        const request = await host.pairing.request(accountId, to)
        host.log.info({ event: 'fake.pairing', ...request }, 'Asked for a pairing code')
        return { status: 'sent', chunks: 0, sent: 0 }
      }
      const answer = await runTurn(host, accountId, to, text)
      const place = {
        channelId: 'fake',
        accountId,
        conversation: { kind: 'direct', id: to },
        sender: { id: to },
      } as const
      const session = await host.aboutSession?.(place)
      host.log.info({ event: 'fake.answer', accountId, to, answer, session }, 'Answered')
      return { status: 'sent', chunks: 1, sent: 1 }
    },
    admissionsChanged: async (accountId) =>
      host.log.info({ event: 'fake.admissions', accountId }, 'Checked who is admitted'),
    notifyApproved: async (accountId, senderId) =>
      host.log.info({ event: 'fake.notified', accountId, senderId }, 'Notified of the approval'),
    stop: async () => {
      await new Promise((resolve) => setTimeout(resolve, config.stopTakesMs))
    },
  }
}

async function runTurn(host: ChannelHost, accountId: string, to: string, text: string): Promise<string> {
  const turn = {
    id: `turn-${Date.now()}`,
    channelId: 'fake',
    accountId,
    conversation: { kind: 'direct' as const, id: to },
    sender: { id: to },
    messages: [{ id: '1', sender: { id: to }, text, timestampMs: Date.now() }],
    attempt: 1,
    historyLimit: 0,
  }
  let answer = ''
  for await (const block of host.runTurn(turn, AbortSignal.timeout(5_000))) answer += block.text
  return answer
}

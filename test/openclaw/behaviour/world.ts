/**
 * Four accounts of one OpenClaw gateway and the people who write to them: two on the simulated iLink, two on puppet-mock
 * behind a puppet service. In each pair the second one streams its answers.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ModelMessage, ModelRequest } from '@moltbot/channel-sdk/testing'
import { until } from '../../support/process.ts'
import { type OpenClaw, openClawStage, type StageOptions } from '../stage.ts'
import { type HostedBot, startHostedBot } from './hosted-bot.ts'
import { iLinkChat } from './ilink-chat.ts'

/** What people see of a message of the bot. */
export interface Shown {
  readonly text?: string
  readonly file?: string
  readonly bytes?: number
}

/** A direct chat with an account, the same for every backend. */
export interface Chat {
  readonly accountId: string
  /** The other side, as the agent addresses it. */
  readonly peer: string
  say(text: string): Promise<void>
  send(file: SentFile): Promise<void>
  /** Everything from the bot so far, oldest first. */
  shown(): Promise<readonly Shown[]>
}

export interface SentFile {
  readonly kind: 'image' | 'file'
  readonly name: string
  readonly base64: string
}

type ILinkAccount = keyof typeof owners
type HostedAccount = 'office' | 'club'
type Reply = Awaited<ReturnType<NonNullable<StageOptions['reply']>>>

/** Who scanned the code of an iLink account. */
export const owners = { phone: 'oOwner@im.wechat', tablet: 'oOther@im.wechat' } as const
/** Writes to both hosted accounts. */
const dora = 'dora'

export interface World {
  readonly host: OpenClaw
  readonly office: HostedBot
  readonly club: HostedBot
  /** The owner's chat. */
  ilink(accountId: ILinkAccount): Chat
  /** Default: dora's chat. */
  hosted(accountId: HostedAccount, from?: string): Chat
  botId(accountId: ILinkAccount): string
  /** The first request to the model with this text. */
  asked(text: string): Promise<ModelRequest>
  requestsWith(text: string): readonly ModelRequest[]
  /** Waits until the channel has stored a message with this text. */
  accepted(text: string): Promise<void>
  /** What the model answers to a message with this text. By default it repeats the message. */
  answers(text: string, reply: Reply | Promise<Reply>): void
  close(): Promise<void>
}

/** A host on a busy machine takes half a minute for what it does in a second otherwise. */
export const patienceMs = 120_000

export async function startWorld(): Promise<World> {
  const scripted = new Map<string, Reply | Promise<Reply>>()
  const reply = async (request: ModelRequest): Promise<Reply> => {
    const question = questionOf(request)
    const found = await [...scripted].find(([text]) => question.includes(text))?.[1]
    if (typeof found === 'object' && isAfterTool(request)) return 'The tool was called.'
    return found ?? `You said: ${question}`
  }
  const [host, office, club] = await Promise.all([
    openClawStage({ reply }),
    startHostedBot('office'),
    startHostedBot('club'),
  ])
  host.configure(channelConfig(host, office, club))
  await host.start()
  const botIds = { phone: await logIn(host, 'phone'), tablet: await logIn(host, 'tablet') }
  await until(() => (/club is online/.test(host.log()) ? true : undefined), host.log, patienceMs)
  const requestsWith = (text: string) => host.model.requests.filter((one) => questionOf(one).includes(text))
  return {
    host,
    office,
    club,
    botId: (accountId) => botIds[accountId],
    ilink: (accountId) =>
      iLinkChat(host.backend, { accountId, botId: botIds[accountId], peer: owners[accountId] }),
    hosted: (accountId, from = dora) => (accountId === 'office' ? office : club).chat(from),
    requestsWith,
    asked: (text) => until(() => requestsWith(text)[0], host.log, patienceMs),
    accepted: (text) => accepted(host, text),
    answers: (text, answer) => void scripted.set(text, answer),
    close: async () => {
      await host.close()
      await Promise.all([office.close(), club.close()])
    },
  }
}

/** Writes, and waits for the first `count` messages that are shown after it. */
export async function answersTo(chat: Chat, text: string, count = 1): Promise<readonly Shown[]> {
  const before = (await chat.shown()).length
  await chat.say(text)
  return shownSince(chat, before, count)
}

export function shownSince(chat: Chat, before: number, count = 1): Promise<readonly Shown[]> {
  const look = async () => {
    const since = (await chat.shown()).slice(before)
    return since.length >= count ? since : undefined
  }
  return until(look, () => `too few messages from ${chat.accountId}`, patienceMs)
}

/** What people wrote last, without the data that OpenClaw adds after it. */
function questionOf({ messages }: ModelRequest): string {
  return messages.findLast(isQuestion)?.text.split('\n\nRuntime: ')[0] ?? ''
}

function isQuestion({ role, text }: ModelMessage): boolean {
  return role === 'user' && !text.startsWith('<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>')
}

/** Has the model called a tool since the question? */
function isAfterTool({ messages }: ModelRequest): boolean {
  return messages.findLastIndex(({ role }) => role === 'tool') > messages.findLastIndex(isQuestion)
}

async function accepted(host: OpenClaw, text: string): Promise<void> {
  const store = new DatabaseSync(join(host.stateDir, 'moltbot', 'wechat', 'wechat.sqlite'), {
    readOnly: true,
  })
  try {
    const find = store.prepare('SELECT 1 FROM journal WHERE instr(message, ?) > 0')
    await until(() => find.get(text), host.log, patienceMs)
  } finally {
    store.close()
  }
}

async function logIn(host: OpenClaw, accountId: ILinkAccount): Promise<string> {
  const code = new RegExp(`for ${accountId}: (https?://\\S*qrcode=[^"\\s]+)`)
  const url = await until(() => code.exec(host.log())?.[1], host.log, patienceMs)
  const { botId } = await host.backend.scanAndConfirm(url, owners[accountId])
  await until(() => (host.log().includes(`${accountId} is online`) ? true : undefined), host.log, patienceMs)
  return botId
}

/** Tools in all the ways that a group can have them. */
const groups = {
  '*': { tools: { deny: ['exec', 'process'] }, historyLimit: 5 },
  'list@chatroom': { tools: ['read', 'session_status'] },
  'none@chatroom': { tools: [] },
  'objects@chatroom': { tools: { allow: ['read', 'write', 'edit'], deny: ['edit'] } },
  'senders@chatroom': { tools: ['read', 'write'], toolsBySender: { ben: ['write'], mallory: [] } },
}

function channelConfig(host: OpenClaw, office: HostedBot, club: HostedBot): object {
  const ilink = { puppet: 'ilink', puppetOptions: host.backend.puppetOptions }
  const service = ({ puppetOptions }: HostedBot) => ({ puppet: 'service', puppetOptions, allowFrom: [dora] })
  const blocks = { blockStreaming: true, draftChunk: { minChars: 100, maxChars: 400 } }
  return {
    dmPolicy: 'pairing',
    accounts: {
      phone: ilink,
      tablet: { ...ilink, ...blocks },
      office: { ...service(office), groups },
      club: { ...service(club), ...blocks },
    },
  }
}

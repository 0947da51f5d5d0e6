/**
 * The smallest host that keeps the contract, and one for each way to break it: they show that the contract suite
 * passes what it should and fails what it should.
 */

import { randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Channel,
  ChannelHost,
  Logger,
  Notice,
  PairingAsk,
  PairingRequestResult,
  ReplyPiece,
  Turn,
} from '../src/index.ts'
import { codeOf, MoltbotError, messageOf } from '../src/index.ts'
import type { HostHarness, HostStart, HostUnderTest } from '../src/testing/index.ts'
import type { Defect, Has } from './defects.ts'
import { systemPromptOf, toolsOf, userTextOf } from './minimal-prompt.ts'

interface State {
  sessions: Record<string, { id: string; user: string; assistant: string }[]>
  requests: (Asked & { code: string; expiresAtMs: number })[]
  approved: string[]
}

type Asked = Required<Pick<PairingAsk, 'messageId' | 'loginId'>> & { accountId: string; senderId: string }

const emptyState = (): State => ({ sessions: {}, requests: [], approved: [] })
const hourMs = 60 * 60_000
const stopDeadlineMs = 200
const notice: Notice = { en: 'Sorry.', 'zh-CN': '抱歉。' }

export function minimalHost(defect?: Defect): HostHarness {
  return { injectsClock: true, start: (options) => start(options, (candidate) => candidate === defect) }
}

async function start(options: HostStart, has: Has): Promise<HostUnderTest> {
  const { plugin, channelConfig, stateDir } = options
  const checked = await plugin.configSchema['~standard'].validate(channelConfig)
  if (checked.issues !== undefined && !has('starts on a refused configuration')) {
    const [issue] = checked.issues
    throw new Error(`${issue?.path?.map(String).join('.')}: ${issue?.message}`)
  }
  const store = openState(stateDir, has)
  const logger = createLogger(has)
  const channelDir = has('keeps the channel in the root of the state directory')
    ? stateDir
    : join(stateDir, 'channel')
  mkdirSync(channelDir, { recursive: true, mode: has('gives a public folder') ? 0o755 : 0o700 })
  const host: ChannelHost = {
    stateDir: channelDir,
    log: logger.log,
    debounceMs: 0,
    mediaWaitMs: has('does not say how long words are waited for') ? Number.NaN : 0,
    progressAfterMs: has('does not say when a turn is slow') ? Number.NaN : 0,
    pairing: {
      isApproved: async (accountId, senderId, loginId = '') =>
        store.state.approved.includes(approvalKey({ accountId, senderId, loginId }, has)),
      request: async (accountId, senderId, { messageId = '', loginId = '' } = {}) =>
        requestCode(store, options, has, { accountId, senderId, messageId, loginId }),
    },
    runTurn: (turn, signal) => runTurn(turn, signal, { options, store, has, log: logger.log }),
    noteCutOff: async (turn, said) => {
      if (has('forgets answers that were cut off')) return
      const key = sessionKey(turn, has)
      const isOther = ({ id }: { id: string }) =>
        id !== turn.id || has('notes an answer that was cut off twice')
      const entry = { id: turn.id ?? '', user: userTextOf(turn, has), assistant: said }
      store.state.sessions[key] = [...(store.state.sessions[key] ?? []).filter(isOther), entry]
      store.save()
    },
    resetSession: async (place) => {
      if (has('never resets a session')) return
      if (has('resets every session')) store.state.sessions = {}
      delete store.state.sessions[sessionKey(place, has)]
      store.save()
    },
    report: () => {},
    registerSecret: logger.registerSecret,
  }
  const raw = has('hands on the raw configuration') || checked.issues !== undefined
  const channel = await plugin.create(host, raw ? channelConfig : checked.value)
  await startAccounts(channel, logger.log, has)
  return {
    approve: async (code) => approve(store, options, has, code),
    logText: logger.text,
    stop: () => stopChannel(channel, has),
  }
}

async function startAccounts(channel: Channel, log: Logger, has: Has): Promise<void> {
  for (const { accountId, state } of await channel.accounts()) {
    if (state === 'disabled' && !has('starts disabled accounts')) continue
    const started = channel.startAccount(accountId)
    if (has('starts accounts twice')) await channel.startAccount(accountId)
    if (has('dies of a broken account')) await started
    else await started.catch((error: unknown) => log.error({ accountId }, messageOf(error)))
  }
}

async function stopChannel(channel: Channel, has: Has): Promise<void> {
  const stopping = channel.stop({ deadlineMs: stopDeadlineMs })
  if (has('does not wait for the channel')) return
  if (has('stops the channel twice')) await channel.stop({ deadlineMs: stopDeadlineMs })
  const deadline = new Promise((resolve) => setTimeout(resolve, stopDeadlineMs))
  await (has('waits for the channel indefinitely') ? stopping : Promise.race([stopping, deadline]))
}

function openState(stateDir: string, has: Has) {
  const file = join(stateDir, 'state.json')
  const keeps = !has('forgets everything at a restart')
  let state = emptyState()
  try {
    if (keeps) state = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  return { state, save: () => writeFileSync(file, JSON.stringify(state)) }
}

type Store = ReturnType<typeof openState>

function createLogger(has: Has) {
  const lines: string[] = []
  const secrets: string[] = []
  const redact = (text: string) =>
    has('logs registered secrets') ? text : secrets.reduce((rest, one) => rest.replaceAll(one, '***'), text)
  const logTo = (bound: object): Logger => {
    const write = (fields: object, message: string) => {
      lines.push(redact(JSON.stringify({ ...bound, ...fields, message })))
    }
    const child = (fields: object) => logTo({ ...bound, ...fields })
    return { debug: write, info: write, warn: write, error: write, child }
  }
  return {
    log: logTo({}),
    text: () => lines.join('\n'),
    registerSecret: (value: string) => {
      secrets.push(value)
    },
  }
}

interface TurnTools {
  readonly options: HostStart
  readonly store: Store
  readonly has: Has
  readonly log: Logger
}

async function* runTurn(
  turn: Turn,
  signal: AbortSignal,
  { options, store, has, log }: TurnTools,
): AsyncGenerator<ReplyPiece> {
  const user = userTextOf(turn, has)
  const key = sessionKey(turn, has)
  const session = store.state.sessions[key] ?? []
  store.state.sessions[key] = session
  const id = has('takes a second attempt for another turn') ? `${turn.id}/${turn.attempt}` : turn.id
  const others = session.filter((entry) => entry.id !== id || has('appends re-run turns'))
  const keep = (assistant: string) => {
    session.splice(0, session.length, ...others, { id, user, assistant })
    store.save()
  }
  try {
    const history = others.slice(others.length - historyLength(turn, others.length, has))
    const reply = await askModel(options, promptOf(turn, [...history, { user }], has), signal)
    const text = has('answers by itself') ? 'the host knows better' : reply
    keep(text)
    yield* turn.blocks ? inPieces(text, has) : [{ text }]
  } catch (error) {
    if (signal.aborted && has('keeps aborted turns')) keep('')
    if (signal.aborted && !has('ends an aborted turn with another error')) {
      throw new DOMException('stopped', 'AbortError')
    }
    throw failure(error, options, has, log)
  }
}

function sessionKey(turn: Pick<Turn, 'accountId' | 'conversation'>, has: Has): string {
  const account = has('shares sessions between accounts') ? '' : turn.accountId
  const peer = has('shares sessions between peers') ? '' : turn.conversation.id
  return fold(`${account}/${peer}`, has)
}

function historyLength(turn: Turn, length: number, has: Has): number {
  if (has('ignores the history limit')) return length
  if (turn.historyLimit === 0) return has('takes 0 for no history') ? 0 : length
  return Math.min(length, turn.historyLimit)
}

interface ModelBody {
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
  readonly error?: { readonly message: string }
}

function promptOf(turn: Turn, history: readonly { user: string; assistant?: string }[], has: Has): object {
  const messages = history.flatMap(({ user, assistant }) => [
    { role: 'user', content: user },
    ...(assistant === undefined ? [] : [{ role: 'assistant', content: assistant }]),
  ])
  const system = { role: 'system', content: systemPromptOf(turn, has) }
  const tools = toolsOf(turn, has).map((name) => ({ type: 'function', function: { name } }))
  return { messages: [system, ...messages], ...(tools.length > 0 && { tools }) }
}

/** Each word is a piece. */
function inPieces(text: string, has: Has): ReplyPiece[] {
  const pieces = text.split(/(?<=\s)/).map((word) => ({ text: word }))
  return has('loses the last piece') ? pieces.slice(0, -1) : pieces
}

async function askModel({ model }: HostStart, prompt: object, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${model.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${model.apiKey}` },
    body: JSON.stringify(prompt),
    signal,
  })
  const body: ModelBody = JSON.parse(await response.text())
  const reply = body.choices?.[0]?.message.content
  if (reply === undefined) throw new Error(body.error?.message)
  return reply
}

function failure(error: unknown, { model }: HostStart, has: Has, log: Logger): Error {
  const raw = messageOf(error)
  const cause = has('tells the cause with the key') ? raw : raw.replaceAll(model.apiKey, '***')
  log.error({}, cause)
  if (has('throws without a notice')) return new Error(cause)
  const shown = has('tells the person the cause') ? { ...notice, en: cause } : notice
  return new MoltbotError('model-refused', cause, { notice: shown })
}

function requestCode(
  { state, save }: Store,
  { now }: HostStart,
  has: Has,
  asked: Asked,
): PairingRequestResult {
  const { accountId, senderId, messageId } = asked
  const login = has('ignores logins') ? '' : asked.loginId
  const all = has('counts requests of all accounts together')
  const waiting = state.requests.filter(
    (one) =>
      (all || one.accountId === accountId) && (one.expiresAtMs > now() || has('never lets a code expire')),
  )
  const own = waiting.find(
    (one) =>
      one.accountId === accountId && one.senderId === senderId && (login === '' || one.loginId === login),
  )
  if (own !== undefined && !has('gives a sender many codes')) {
    const asksAgain = messageId !== '' && own.messageId === messageId && !has('forgets which message asked')
    return asksAgain
      ? { status: 'created', code: own.code, expiresAtMs: own.expiresAtMs }
      : { status: 'pending' }
  }
  if (waiting.length >= 3 && !has('holds any number of requests')) return { status: 'full' }
  const alphabet = has('draws codes from zeros and ones') ? '01' : 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  const code = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')
  const expiresAtMs = now() + (has('gives codes that live for a day') ? 24 * hourMs : hourMs)
  state.requests.push({ ...asked, code, expiresAtMs })
  save()
  return { status: 'created', code, expiresAtMs }
}

function approve({ state, save }: Store, { now }: HostStart, has: Has, code: string): void {
  const request = state.requests.find((one) => one.code === code || has('approves any code'))
  if (request === undefined) throw new Error('no such code')
  if (request.expiresAtMs <= now() && !has('never lets a code expire')) throw new Error('expired')
  state.approved.push(approvalKey(request, has))
  save()
}

function approvalKey({ accountId, senderId, loginId }: Omit<Asked, 'messageId'>, has: Has): string {
  const account = has('approves for every account') ? '' : accountId
  const login = has('ignores logins') ? '' : loginId
  return fold(`${account}/${login}/${senderId}`, has)
}

function fold(id: string, has: Has): string {
  return has('compares ids without case') ? id.toLowerCase() : id
}

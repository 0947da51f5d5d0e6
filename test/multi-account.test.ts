/**
 * Three accounts with rules of their own in one gateway, to which the same person writes messages with the same ids at
 * the same time: nothing of one account shows in another.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type LogLine, type RunningGateway } from './support/gateway.ts'

const person = 'o9Person@im.wechat'
const accounts = {
  anyone: { dmPolicy: 'open', dmHistoryLimit: 1, dms: { [person]: { tools: ['time'] } } },
  listed: {
    dmPolicy: 'allowlist',
    allowFrom: [person],
    dmHistoryLimit: 2,
    dms: { [person]: { tools: [] } },
  },
  paired: { dmPolicy: 'pairing', dmHistoryLimit: 0, dms: { [person]: { tools: { deny: ['weather'] } } } },
}
const ids = Object.keys(accounts)

/** The fourth part of a session's key is the account: `agent:main:wechat:<account>:dm:<peer>`. */
const sessionTexts = `
  SELECT substr(session_key, 19, instr(session_key, ':dm:') - 19) AS account, user_text || assistant_text AS text
  FROM session_turn`

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
/** By account. */
const bots = new Map<string, string>()

beforeAll(async () => {
  backend = await startBackend()
  model = await startModelServer({ reply: ({ lastUserText }) => `answer to ${lastUserText}` })
  home = new GatewayHome(configOf(backend, model.baseUrl, accounts))
  gateway = await home.startReady()
  await Promise.all(ids.map(logIn))
})
afterAll(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

describe('the same person, writing to three accounts at once', { timeout: 60_000 }, () => {
  it('is heard, heard, and asked to pair: each account follows its own policy', async () => {
    await sayToAll(1)
    expect(await replies('anyone', 1)).toEqual(['answer to anyone 1'])
    expect(await replies('listed', 1)).toEqual(['answer to listed 1'])
    const [notice] = await replies('paired', 1)
    expect(pairingCode(notice)).toBeDefined()
  })

  it('is let in by an approval for the account that gave the code, and by none for another', async () => {
    const [notice] = await replies('paired', 1)
    const code = pairingCode(notice) ?? ''
    expect(await home.moltbot('pairing', 'approve', code, '--account', 'listed')).not.toMatchObject({
      code: 0,
    })
    expect(await home.moltbot('pairing', 'approve', code, '--account', 'paired')).toMatchObject({ code: 0 })
  })

  it('is answered by each account with its own words', async () => {
    for (const round of [2, 3, 4]) {
      await sayToAll(round)
      for (const id of ids) expect((await replies(id, round)).slice(1)).toEqual(answers(id, round).slice(1))
    }
  })

  it('has a history of its own with each, of the length that the account allows', () => {
    expect(lastRequest('anyone').said).toEqual(['anyone 3', 'anyone 4'])
    expect(lastRequest('listed').said).toEqual(['listed 2', 'listed 3', 'listed 4'])
    expect(lastRequest('paired').said).toEqual(['paired 2', 'paired 3', 'paired 4'])
  })

  it('is never in a request that has a word of another account', () => {
    expect(model.requests).toHaveLength(11)
    for (const { messages } of model.requests) {
      const named = ids.filter((id) => messages.some(({ text }) => text.includes(id)))
      expect(named).toHaveLength(1)
    }
  })

  it('has the tools that each account gives', () => {
    expect(lastRequest('anyone').tools).toEqual(['time'])
    expect(lastRequest('listed').tools).toEqual([])
    expect(lastRequest('paired').tools).toEqual(['send_file', 'time'])
  })

  it('costs the other accounts nothing when one loses its session', async () => {
    await backend.control.expireSession(botOf('listed'))
    await gateway.line({ event: 'account.state', accountId: 'listed', state: 'logged-out' })
    await sayToAll(5)
    expect((await replies('anyone', 5)).at(-1)).toBe('answer to anyone 5')
    expect((await replies('paired', 5)).at(-1)).toBe('answer to paired 5')
    const { stdout } = await home.moltbot('gateway', 'status', '--json')
    const states = new Map(JSON.parse(stdout).accounts.map(stateOf))
    expect(states.get('anyone')).toBe('online')
    expect(states.get('paired')).toBe('online')
    expect(states.get('listed')).not.toBe('online')
  })
})

describe('what is left of it', () => {
  it('are decisions in the log, each under its own account', async () => {
    await gateway.stop()
    const decided = gateway.lines().filter(({ event }) => event === 'message.decided')
    const reasonsOf = (id: string) =>
      decided.filter(({ accountId }) => accountId === id).map(({ reason }) => reason)
    expect(reasonsOf('anyone')).toEqual(Array(5).fill('dm-open'))
    expect(reasonsOf('listed')).toEqual(Array(4).fill('dm-allowed'))
    expect(reasonsOf('paired')).toEqual(['dm-unknown-sender', ...Array(4).fill('dm-approved')])
  })

  it('are lines of the log that never name the bot of another account', () => {
    const labelled = gateway.lines().filter(({ accountId }) => accountId !== undefined)
    expect(new Set(labelled.map(({ accountId }) => accountId))).toEqual(new Set(ids))
    for (const line of labelled) {
      const own = botOf(String(line.accountId))
      expect(botsNamedIn(line).filter((botId) => botId !== own)).toEqual([])
    }
  })

  it.each([
    ['the journal', 'wechat/wechat.sqlite', 'SELECT account_id AS account, message AS text FROM journal', 14],
    ['the outbox', 'wechat/wechat.sqlite', 'SELECT account_id AS account, text FROM outbox', 14],
    ['the sessions', 'gateway.sqlite', sessionTexts, 13],
  ])('are rows in %s that hold the words of their own account', (_name, file, query, count) => {
    const rows = rowsOf(file, query)
    expect(rows).toHaveLength(count)
    for (const { account, text } of rows) {
      expect(ids).toContain(account)
      const others = ids.filter((id) => id !== account)
      expect(others.filter((id) => String(text).includes(`${id} `))).toEqual([])
    }
  })

  it('is an approval in one account', () => {
    const approvals = rowsOf(
      'gateway.sqlite',
      'SELECT account_id AS account, sender_id FROM pairing_approval',
    )
    expect(approvals).toEqual([{ account: 'paired', sender_id: person }])
  })
})

async function logIn(accountId: string): Promise<void> {
  const { url } = await gateway.line({ event: 'account.qr', accountId })
  const { botId } = await backend.scanAndConfirm(String(url), `o9Owner-${accountId}@im.wechat`)
  bots.set(accountId, botId)
  await gateway.line({ event: 'account.state', accountId, state: 'online' })
}

function botOf(accountId: string): string {
  const botId = bots.get(accountId)
  if (botId === undefined) throw new Error(`${accountId} has not logged in`)
  return botId
}

/** One message to each account, all with the same id. */
async function sayToAll(round: number): Promise<void> {
  await backend.control.inboundBatch(
    ids.map((id) => ({
      botId: botOf(id),
      from: person,
      text: `${id} ${round}`,
      messageId: `${7_000 + round}`,
    })),
  )
}

function replies(accountId: string, atLeast: number): Promise<string[]> {
  return backend.repliesOf(botOf(accountId), atLeast)
}

function answers(accountId: string, rounds: number): string[] {
  return Array.from({ length: rounds }, (_, index) => `answer to ${accountId} ${index + 1}`)
}

function lastRequest(accountId: string) {
  const request = model.requests.findLast(({ lastUserText }) => lastUserText.startsWith(`${accountId} `))
  const said = request?.messages.filter(({ role }) => role === 'user').map(({ text }) => text)
  return { said, tools: request?.tools.toSorted() }
}

function stateOf(account: LogLine): [unknown, unknown] {
  return [account.accountId, account.state]
}

function botsNamedIn(line: LogLine): string[] {
  return [...bots.values()].filter((botId) => JSON.stringify(line).includes(botId))
}

function rowsOf(file: string, query: string) {
  const found = new DatabaseSync(join(home.stateDir, file), { readOnly: true })
  try {
    return found
      .prepare(query)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    found.close()
  }
}

function pairingCode(text: string | undefined): string | undefined {
  return /\b[A-HJ-NP-Z2-9]{8}\b/.exec(text ?? '')?.[0]
}

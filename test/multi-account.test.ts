/**
 * Three accounts with separate rules, tools and puppets in one gateway. The same user writes messages with the same ids to
 * all of them at the same time, in direct chats and in groups with the same id. No data of one account appears in another,
 * and no data of the user in the metrics.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scheduleToolNames } from '../packages/gateway/src/schedules/tool-names.ts'
import { samplesOf, valuesOf } from '../packages/gateway/test/exposition.ts'
import { fakeApiKey } from './support/config.ts'
import type { LogLine } from './support/gateway.ts'
import { scrape } from './support/metrics.ts'
import { group, groupIds, ids, person, personalNames, ThreeAccounts } from './support/three-accounts.ts'

/** The fourth part of a session's key is the account: `agent:main:wechat:<account>:dm:<peer>`. */
const sessionTexts = `
  SELECT substr(rest, 1, instr(rest, ':') - 1) AS account, user_text || assistant_text AS text
  FROM (SELECT substr(session_key, 19) AS rest, * FROM session_turn)`

let three: ThreeAccounts

beforeAll(async () => {
  three = await ThreeAccounts.start()
}, 60_000)
afterAll(() => three.close())

describe('the same user writing to three accounts at once', { timeout: 60_000 }, () => {
  it('is admitted, admitted, and asked to pair: each account applies its own policy', async () => {
    await three.sayToAll(1)
    expect(await three.replies('anyone', 1)).toEqual(['answer to anyone 1'])
    expect(await three.replies('listed', 1)).toEqual(['answer to listed 1'])
    expect(codesIn(await three.replies('paired', 1))).toHaveLength(1)
  })

  it('is admitted by an approval of the account that sent the code, and by no other', async () => {
    const [code = ''] = codesIn(await three.replies('paired', 1))
    expect(await three.home.moltbot('pairing', 'approve', code, '--account', 'listed')).not.toMatchObject({
      code: 0,
    })
    expect(await three.home.moltbot('pairing', 'approve', code, '--account', 'paired')).toMatchObject({
      code: 0,
    })
  })

  it('gets a separate answer from each account', async () => {
    for (const round of [2, 3, 4]) {
      await three.sayToAll(round)
      for (const id of ids)
        expect((await three.replies(id, round)).slice(1)).toEqual(answers(id, round).slice(1))
    }
  })

  it('has a separate history in each account, limited by the account', () => {
    expect(lastRequest('anyone').said).toEqual(['anyone 3', 'anyone 4'])
    expect(lastRequest('listed').said).toEqual(['listed 2', 'listed 3', 'listed 4'])
    expect(lastRequest('paired').said).toEqual(['paired 2', 'paired 3', 'paired 4'])
  })

  it('has the tools that each account allows', () => {
    expect(lastRequest('anyone').tools).toEqual(['time'])
    expect(lastRequest('listed').tools).toEqual([])
    expect(lastRequest('paired').tools).toEqual([...scheduleToolNames, 'send_file', 'time'].toSorted())
  })

  it('never appears in a request with text of another account', () => {
    expect(three.model.requests).toHaveLength(11)
    expectOneAccountEach()
  })
})

describe('the same user in groups with the same id', { timeout: 60_000 }, () => {
  it('gets an answer from each bot in its own group', async () => {
    for (const round of [1, 2, 3]) await three.sayInGroups(`${8_000 + round}`, `remark ${round}`)
    await three.sayInGroups('8100', 'question', { toBot: true })
    for (const id of groupIds) {
      expect(await three.repliesInGroup(id, 1)).toEqual([`answer to ${id} question`])
    }
  })

  it('has a separate history in each account, limited by the group', () => {
    expect(remarksIn('listed')).toEqual(['listed remark 3'])
    expect(remarksIn('paired')).toEqual(['paired remark 1', 'paired remark 2', 'paired remark 3'])
  })

  it('has the tools that each account allows for the group and the user, and its instructions', () => {
    expect(groupRequest('listed').tools).toEqual(['time'])
    expect(groupRequest('paired').tools).toEqual(['send_file'])
    expect(systemOf('listed')).toContain('You serve listed.')
    expect(systemOf('paired')).not.toContain('You serve')
  })

  it('never appears in a request with text of another account, its group or its users', () => {
    expect(three.model.requests).toHaveLength(14)
    expectOneAccountEach()
  })
})

describe('the loss of one account', { timeout: 60_000 }, () => {
  it('does not affect the others', async () => {
    await three.backend.control.expireSession(three.botOf('anyone'))
    await three.gateway.line({ event: 'account.state', accountId: 'anyone', state: 'logged-out' })
    await three.sayToAll(5)
    for (const id of groupIds) expect((await three.replies(id, 5)).at(-1)).toBe(`answer to ${id} 5`)
    const { stdout } = await three.home.moltbot('gateway', 'status', '--json')
    const states = new Map(JSON.parse(stdout).accounts.map(stateOf))
    for (const id of groupIds) expect(states.get(id)).toBe('online')
    expect(states.get('anyone')).not.toBe('online')
  })
})

describe('the metrics', { timeout: 60_000 }, () => {
  it('show each account in its own state', async () => {
    const states = valuesOf(samplesOf(await page()), 'moltbot_account_state', 'account', 'state')
    expect(states).toMatchObject({ 'anyone,online': 0, 'listed,online': 1, 'paired,online': 1 })
  })

  it.each([
    [
      'moltbot_messages_decided_total',
      ['account', 'action', 'reason'],
      {
        'anyone,dispatch,dm-open': 4,
        'listed,dispatch,dm-allowed': 5,
        'listed,record,group-not-mentioned': 3,
        'listed,dispatch,group-mentioned': 1,
        'paired,pair,dm-unknown-sender': 1,
        'paired,dispatch,dm-approved': 4,
        'paired,record,group-not-mentioned': 3,
        'paired,dispatch,group-mentioned': 1,
      },
    ],
    [
      'moltbot_turns_total',
      ['account', 'outcome'],
      { 'anyone,answered': 4, 'listed,answered': 6, 'paired,answered': 5 },
    ],
    ['moltbot_turn_duration_seconds_count', ['account'], { anyone: 4, listed: 6, paired: 5 }],
    ['moltbot_sends_total', ['account', 'outcome'], { 'anyone,sent': 4, 'listed,sent': 6, 'paired,sent': 6 }],
    ['moltbot_model_calls_total', ['account', 'outcome'], { 'anyone,ok': 4, 'listed,ok': 6, 'paired,ok': 5 }],
    [
      'moltbot_model_tokens_total',
      ['account', 'direction'],
      {
        'anyone,read': 4,
        'anyone,written': 4,
        'listed,read': 7,
        'listed,written': 7,
        'paired,read': 5,
        'paired,written': 5,
      },
    ],
    ['moltbot_tool_calls_total', ['account', 'tool', 'outcome'], { 'listed,time,ok': 1 }],
  ])('count the events of each account in %s', async (metric, labels, expected) => {
    const counted = async () => valuesOf(samplesOf(await page()), metric, ...labels)
    await expect.poll(counted, { timeout: 15_000 }).toEqual(expected)
  })

  it('contain no id, name or text of a user, no pairing code and no key', async () => {
    const text = await page()
    const requests = await three.backend.control.requests()
    const tokens = requests.flatMap(({ headers }) => headers.authorization?.replace(/^Bearer /, '') || [])
    const names = [person, group, ...personalNames, ...three.botIds()]
    const words = ['answer to', 'remark', 'question', ...codesIn(await three.replies('paired', 1))]
    expect(tokens).not.toEqual([])
    for (const part of [fakeApiKey, ...tokens, ...names, ...words]) expect(text).not.toContain(part)
    const values = samplesOf(text).flatMap(({ labels }) => Object.values(labels))
    for (const messageId of ['7001', '8100']) expect(values).not.toContain(messageId)
  })
})

describe('the stored data', () => {
  it('has decisions in the log under their own account', async () => {
    await three.gateway.stop()
    const decided = three.gateway.lines().filter(({ event }) => event === 'message.decided')
    const reasonsOf = (id: string) =>
      decided.filter(({ accountId }) => accountId === id).map(({ reason }) => reason)
    const inGroup = [...Array(3).fill('group-not-mentioned'), 'group-mentioned']
    expect(reasonsOf('anyone')).toEqual(Array(4).fill('dm-open'))
    expect(reasonsOf('listed')).toEqual([...Array(4).fill('dm-allowed'), ...inGroup, 'dm-allowed'])
    expect(reasonsOf('paired')).toEqual([
      'dm-unknown-sender',
      ...Array(3).fill('dm-approved'),
      ...inGroup,
      'dm-approved',
    ])
  })

  it('has log lines that never contain the bot of another account', () => {
    const labelled = three.gateway.lines().filter(({ accountId }) => accountId !== undefined)
    expect(new Set(labelled.map(({ accountId }) => accountId))).toEqual(new Set(ids))
    for (const line of labelled) {
      const own = three.botOf(String(line.accountId))
      expect(botsNamedIn(line).filter((botId) => botId !== own)).toEqual([])
    }
  })

  it.each([
    ['the journal', 'wechat/wechat.sqlite', 'SELECT account_id AS account, message AS text FROM journal', 22],
    ['the outbox', 'wechat/wechat.sqlite', 'SELECT account_id AS account, text FROM outbox', 16],
    ['the sessions', 'gateway.sqlite', sessionTexts, 15],
  ])('has rows in %s with text of their own account', (_name, file, query, count) => {
    const rows = rowsOf(file, query)
    expect(rows).toHaveLength(count)
    for (const { account, text } of rows) {
      expect(ids).toContain(account)
      const others = ids.filter((id) => id !== account)
      expect(others.filter((id) => String(text).includes(id))).toEqual([])
    }
  })

  it('has an approval in one account', () => {
    const approvals = rowsOf(
      'gateway.sqlite',
      'SELECT account_id AS account, sender_id FROM pairing_approval',
    )
    expect(approvals).toEqual([{ account: 'paired', sender_id: person }])
  })
})

const page = () => scrape(three.home, three.gateway)

function answers(accountId: string, rounds: number): string[] {
  return Array.from({ length: rounds }, (_, index) => `answer to ${accountId} ${index + 1}`)
}

function requestsOf(accountId: string) {
  return three.model.requests.filter(({ lastUserText }) => lastUserText.includes(`${accountId} `))
}

function lastRequest(accountId: string) {
  const request = requestsOf(accountId).at(-1)
  const said = request?.messages.filter(({ role }) => role === 'user').map(({ text }) => text)
  return { said, tools: request?.tools.toSorted() }
}

function groupRequest(accountId: string) {
  const request = requestsOf(accountId).find(({ lastUserText }) => lastUserText.includes('question'))
  if (request === undefined) throw new Error(`${accountId} was not asked in its group`)
  return request
}

function remarksIn(accountId: string): string[] {
  const text = groupRequest(accountId)
    .messages.map((message) => message.text)
    .join('\n')
  return text.match(/\w+ remark \d/g) ?? []
}

function systemOf(accountId: string): string {
  const system = groupRequest(accountId).messages.filter(({ role }) => role === 'system')
  return system.map(({ text }) => text).join('\n')
}

/** Each request contains text of one account only: its messages, its instructions, the names of its users and rooms. */
function expectOneAccountEach(): void {
  for (const { messages } of three.model.requests) {
    const named = ids.filter((id) => messages.some(({ text }) => text.includes(id)))
    expect(named).toHaveLength(1)
  }
}

function stateOf(account: LogLine): [unknown, unknown] {
  return [account.accountId, account.state]
}

function botsNamedIn(line: LogLine): string[] {
  return three.botIds().filter((botId) => JSON.stringify(line).includes(botId))
}

function rowsOf(file: string, query: string) {
  const found = new DatabaseSync(join(three.home.stateDir, file), { readOnly: true })
  try {
    return found
      .prepare(query)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    found.close()
  }
}

function codesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.match(/\b[A-HJ-NP-Z2-9]{8}\b/) ?? [])
}

import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import { createLog } from '../log/logger.ts'
import { AccessTokens, maxTokens } from './access-tokens.ts'
import { narrowed, targetFor } from './callers.ts'
import { sqliteTokens } from './sqlite-tokens.ts'

let db: ReturnType<typeof openDatabase>['db']
let tokens: AccessTokens
let nowMs: number
let lines: string[]
beforeEach(() => {
  db = openDatabase(`${scratch()}/gateway.sqlite`, gatewayMigrations).db
  nowMs = 1_000_000
  lines = []
  const { logger: log } = createLog({ format: 'json', write: (line) => lines.push(line) })
  tokens = new AccessTokens(sqliteTokens(db, new UnreadableRows()), { now: () => nowMs, log })
})
afterEach(() => db.close())

const wanted = { scopes: ['push'], targets: ['ops'], note: '' } as const

describe('an access token', () => {
  it('is recognised whole, and in no part or other spelling', async () => {
    const { token, access } = await tokens.create(wanted)
    expect(await tokens.check(token)).toEqual(access)
    const other = (await tokens.create(wanted)).token
    const swapped = token.slice(0, 17) + other.slice(17)
    for (const wrong of [token.slice(0, -1), `${token}A`, token.toUpperCase(), ` ${token}`, swapped, ''])
      expect(await tokens.check(wrong)).toBeUndefined()
  })

  it('notes its last use, once a minute at most', async () => {
    const { token } = await tokens.create(wanted)
    await tokens.check(token)
    nowMs += 59_999
    await tokens.check(token)
    expect(await tokens.list()).toMatchObject([{ usedMs: 1_000_000 }])
    nowMs += 1
    await tokens.check(token)
    expect(await tokens.list()).toMatchObject([{ usedMs: nowMs }])
  })

  it('is refused beyond the most', async () => {
    for (let i = 0; i < maxTokens; i++) await tokens.create(wanted)
    await expect(tokens.create(wanted)).rejects.toMatchObject({ code: 'too-many-tokens' })
  })

  it('leaves a line in the log when it is created and when it is revoked, by its id and without its secret', async () => {
    const { token, access } = await tokens.create({ ...wanted, note: 'Alertmanager' })
    await tokens.revoke(access.id)
    const facts = { id: access.id, scopes: ['push'], targets: ['ops'], note: 'Alertmanager' }
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'token.created', ...facts },
      { event: 'token.revoked', ...facts },
    ])
    expect(lines.join('')).not.toContain(token.slice('mbt_'.length + access.id.length))
  })

  it('that is not there is not revoked, and the log does not say so', async () => {
    await expect(tokens.revoke('0123456789ab')).rejects.toMatchObject({ code: 'token-unknown' })
    expect(lines).toEqual([])
  })

  it('is in no log line, whoever writes it', async () => {
    const { token } = await tokens.create(wanted)
    createLog({ format: 'json', write: (line) => lines.push(line) }).logger.info(
      {},
      `proxy said ${token} twice`,
    )
    expect(lines.join('')).toContain('proxy said [redacted] twice')
  })
})

describe('the reach of a caller', () => {
  const targets = { ops: { person: 'u' }, team: { group: 'g' } }
  const reach = (names: readonly string[]) => ({ tokenId: 't', targets: names })

  it.each([
    [['ops'], 'ops', undefined],
    [['*'], 'team', undefined],
    [['ops'], 'team', 'target-refused'],
    [['ops'], 'none', 'target-refused'],
    [['gone'], 'gone', 'target-unknown'],
    [['*'], 'constructor', 'target-unknown'],
    [[], 'ops', 'target-refused'],
  ])('%j to %s: %s', (names, name, code) => {
    const found = () => targetFor(reach(names), name, targets)
    if (code === undefined) expect(found()).toBeDefined()
    else expect(found).toThrow(expect.objectContaining({ code }))
  })

  it('can be narrowed and never widened', () => {
    expect(narrowed(reach(['ops']), [])).toEqual(reach(['ops']))
    expect(narrowed(reach(['ops']), ['ops', 'team', '*'])).toEqual(reach(['ops']))
    expect(narrowed(reach(['*']), ['team'])).toEqual(reach(['team']))
  })
})

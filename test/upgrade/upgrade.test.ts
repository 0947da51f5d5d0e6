/**
 * The state of an earlier version, as its gateway left it (`state-0.1.0`, the dumps of its databases), in the hands of
 * the present one.
 */

import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from '../support/backend.ts'
import { configOf } from '../support/config.ts'
import { GatewayHome } from '../support/gateway.ts'

const owner = 'oAnn@im.wechat'
const databases = { gateway: 'gateway.sqlite', wechat: 'wechat/wechat.sqlite' }

let backend: Backend
let model: ModelServer
let home: GatewayHome

describe('a gateway on the state of version 0.1.0', { timeout: 120_000 }, () => {
  beforeEach(async () => {
    backend = await startBackend()
    model = await startModelServer({
      reply: ({ lastUserText, messages }) =>
        `${lastUserText} after ${JSON.stringify(messages).includes('echo: old one') ? 'the old one' : 'nothing'}`,
    })
    home = new GatewayHome(configOf(backend, model.baseUrl, { default: {} }))
  })
  afterEach(async () => {
    await home.dispose()
    await Promise.all([backend.close(), model.close()])
  })

  it('copies and migrates it, needs no scan and remembers the conversation', async () => {
    const { botId } = await writeState()
    const gateway = await home.startReady()
    await gateway.line({ event: 'account.state', accountId: 'default', state: 'online' })
    expect(gateway.lines().some(({ event }) => event === 'account.qr')).toBe(false)
    await backend.control.inbound({ botId, text: 'new one' })
    expect(await backend.repliesOf(botId, 1)).toEqual(['new one after the old one'])
    expect(await gateway.stop()).toBe(0)
    expect(schemaOf('gateway.sqlite.before-schema-7')).toBe(6)
    expect(schemaOf('wechat/wechat.sqlite.before-schema-10')).toBe(9)
    expect(schemaOf(databases.gateway)).toBeGreaterThan(6)
    expect(schemaOf(databases.wechat)).toBeGreaterThan(9)
  })

  it.each(Object.values(databases))(
    'refuses a %s of a newer version, and leaves it as it is',
    async (file) => {
      await writeState()
      inDatabase(file, (database) => database.exec('CREATE TABLE newer (x); PRAGMA user_version = 9999'))
      const { code, stdout, stderr } = await home.moltbot(
        'gateway',
        'run',
        '--port',
        '0',
        '--config',
        home.configPath,
      )
      expect(code).toBe(1)
      expect(stdout + stderr).toContain(`${file} was written by a newer version (schema 9999`)
      expect(schemaOf(file)).toBe(9999)
    },
  )
})

/** With the login of a bot that this backend knows. */
async function writeState(): Promise<{ botId: string }> {
  const { botId, token } = await backend.control.account({ userId: owner })
  const values: Readonly<Record<string, string>> = {
    BOT: botId,
    TOKEN: token,
    URL: backend.puppetOptions.baseUrl,
    CURSOR: '',
  }
  for (const [name, file] of Object.entries(databases)) {
    const dump = readFileSync(join(import.meta.dirname, 'state-0.1.0', `${name}.sql`), 'utf8')
    const sql = dump.replace(/@([A-Z]+)@/g, (_, key: string) => values[key] ?? '')
    inDatabase(file, (database) => database.exec(sql))
  }
  return { botId }
}

const schemaOf = (file: string) =>
  inDatabase(file, (database) => database.prepare('PRAGMA user_version').get()?.user_version)

function inDatabase<Result>(file: string, work: (database: DatabaseSync) => Result): Result {
  const path = join(home.stateDir, file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/**
 * What commands print fits a terminal of 80 columns, in both languages and with Chinese names.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import stringWidth from 'string-width'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAll, makeCheckout, moltbot, type Place, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

const columns = 80
const commands = [
  ['gateway', 'status'],
  ['gateway', 'install', '--dry-run'],
  ['channels', 'list'],
  ['channels', 'status', '--probe'],
  ['channels', 'explain', '--dm', '书店的一位老顾客@im.wechat', '--text', '你好'],
  ['pairing', 'list'],
  ['puppets', 'list'],
  ['outbox', 'list'],
  ['outbox', 'list', '--failed'],
  ['state', 'check'],
  ['config', 'path'],
  ['doctor', '--offline'],
  ['logs'],
]
/** Files for programs, which keep their lines. */
const forPrograms: readonly string[] = ['gateway install --dry-run']

let here: Place

beforeAll(async () => {
  const accounts = { 书店的官方客服账号: 'scan', '客服二号（夜班，周末也在）': 'online', shop: 'online' }
  const config = writeConfig({ gateway: { port: 0 }, channels: { fake: { accounts } } })
  const stateDir = join(scratch(), '书店的网关状态目录')
  mkdirSync(stateDir, { mode: 0o700 })
  here = {
    bin: makeCheckout(),
    stateDir,
    config,
    env: { COLUMNS: String(columns), MOLTBOT_CONFIG_PATH: config },
  }
  await runGateway(here).event('gateway.ready')
  writeFileSync(join(stateDir, 'x.txt'), '')
})

afterAll(killAll)

describe.each(['en', 'zh'])('in %s', (language) => {
  it.each(commands.map((args) => [args.join(' '), args] as const))('%s', async (name, args) => {
    const { code, stdout, stderr } = await moltbot(here, '--lang', language, ...args)
    expect([0, 1], stderr).toContain(code)
    const lines = `${stdout}${stderr}`.split('\n')
    if (forPrograms.includes(name)) return
    // A word that is wider than the terminal has a line for itself, and so has a command, which is copied as a whole.
    const isWhole = (line: string) => !/\S\s+\S/.test(line.trim()) || line.trim().startsWith(here.bin)
    const tooWide = lines.filter((line) => stringWidth(line) > columns && !isWhole(line))
    expect(tooWide).toEqual([])
  })
})

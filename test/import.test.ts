/**
 * `moltbot import`, from files of another program to an answer: no code is scanned, and nothing of the other program is
 * changed.
 */

import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type TencentFiles, writeTencentAccounts } from '../extensions/wechat/test/tencent-files.ts'
import { type Backend, startBackend } from './support/backend.ts'
import { configWith } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'

const owner = 'o9Owner@im.wechat'

let backend: Backend
let model: ModelServer
let home: GatewayHome
/** The state directory of OpenClaw. */
let theirs = ''

beforeEach(async () => {
  backend = await startBackend()
  model = await startModelServer({ reply: ({ lastUserText }) => `answer to ${lastUserText}` })
  home = new GatewayHome({})
  theirs = join(home.folder, '.openclaw')
  mkdirSync(theirs)
})
afterEach(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

/** A bot that Tencent's plugin has logged in, and that has received a message. */
async function theirBot(userId: string): Promise<TencentFiles & { botId: string; contextToken: string }> {
  const { botId, token } = await backend.control.account({ userId })
  const { contextToken } = await backend.control.inbound({ botId, text: 'to the plugin' })
  const response = await fetch(`${backend.puppetOptions.baseUrl}/ilink/bot/getupdates`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, authorizationtype: 'ilink_bot_token' },
    body: JSON.stringify({ get_updates_buf: '' }),
  })
  const { get_updates_buf: cursor }: { get_updates_buf: string } = JSON.parse(await response.text())
  const id = botId.replace('@', '-').replace('.', '-')
  const contextTokens = { [userId]: contextToken }
  return { id, botId, token, userId, cursor, contextTokens, contextToken }
}

/** The configuration that the import gave, on the simulated backend. */
function configFrom(report: string): object {
  const { wechat } = JSON.parse(report).config.channels
  return configWith(model.baseUrl, { ...wechat, puppetOptions: backend.puppetOptions })
}

function snapshot(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, statSync(join(folder, name))] as const)
    .map(([name, { mode, mtimeMs }]) => [name, mode, mtimeMs])
}

const patience = { timeout: 240_000 }

describe('after the import of two accounts of the plugin of Tencent', patience, () => {
  it('the gateway answers without a scan, sends with their context tokens, and knows who was approved', async () => {
    const [shop, support] = [await theirBot(owner), await theirBot('o9Other@im.wechat')]
    writeTencentAccounts(theirs, [{ ...shop, allowFrom: ['o9Ann@im.wechat'] }, support])
    const before = snapshot(theirs)
    const { code, stdout } = await home.moltbot('import', 'tencent', '--json')
    expect(code).toBe(0)
    expect(snapshot(theirs)).toEqual(before)
    expect(stdout).not.toContain(shop.token)

    home.configure(configFrom(stdout))
    const gateway = await home.startReady()
    for (const { id } of [shop, support])
      await gateway.line({ event: 'account.state', accountId: id, state: 'online' })
    const sent = await home.moltbot(
      'channels',
      'send',
      '--account',
      shop.id,
      '--to',
      owner,
      '--text',
      'first',
    )
    expect(sent.stdout).toContain('sent')
    await backend.control.inbound({ botId: shop.botId, text: 'question' })
    expect(await backend.repliesOf(shop.botId, 2)).toEqual(['first', 'answer to question'])
    const [first] = await backend.control.sent({ botId: shop.botId })
    expect(first?.contextToken).toBe(shop.contextToken)
    expect(gateway.lines().filter(({ event }) => event === 'account.qr')).toEqual([])
    const { stdout: people } = await home.moltbot('pairing', 'list', '--json')
    expect(JSON.parse(people).approved).toMatchObject([{ accountId: shop.id, senderId: 'o9Ann@im.wechat' }])

    const again = await home.moltbot('import', 'tencent', theirs)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('a gateway is already running')])
    await gateway.stop()
    const third = await home.moltbot('import', 'tencent', theirs)
    expect([third.code, third.stdout]).toEqual([0, expect.stringContaining('is here already')])
  })
})

describe('after the import of an account of this channel in OpenClaw', patience, () => {
  it('the gateway answers without a scan, also where OpenClaw was killed', async () => {
    const wechat = { puppet: 'ilink', puppetOptions: backend.puppetOptions }
    home.configure(configWith(model.baseUrl, wechat))
    const before = await home.startReady()
    const { url } = await before.line({ event: 'account.qr' })
    const { botId } = await backend.scanAndConfirm(String(url), owner)
    await backend.control.inbound({ botId, text: 'one' })
    await backend.repliesOf(botId, 1)
    before.kill('SIGKILL')
    await before.exited
    cpSync(join(home.stateDir, 'wechat'), join(theirs, 'moltbot', 'wechat'), { recursive: true })
    writeFileSync(join(theirs, 'openclaw.json'), JSON.stringify({ channels: { wechat } }))

    const moved = new GatewayHome({})
    onTestFinished(() => moved.dispose())
    const { stdout } = await moved.moltbot('import', 'openclaw', theirs, '--json')
    expect(JSON.parse(stdout).accounts).toMatchObject([
      { accountId: 'default', status: 'taken', conversations: 1 },
    ])
    moved.configure(configFrom(stdout))
    const gateway = await moved.startReady()
    await gateway.line({ event: 'account.state', state: 'online' })
    await backend.control.inbound({ botId, text: 'two' })
    expect(await backend.repliesOf(botId, 2)).toEqual(['answer to one', 'answer to two'])
    expect(gateway.lines().filter(({ event }) => event === 'account.qr')).toEqual([])
  })
})

describe('an import from the configuration of OpenClaw', patience, () => {
  const providers = { openai: { baseUrl: 'https://api.example.com/v1', apiKey: 'sk-key-0123456789abcdef' } }
  const settings = { agents: { defaults: { model: 'openai/gpt-5' } }, models: { providers }, plugins: {} }

  it('prints what belongs into the configuration, without its secrets, or writes a new file', async () => {
    writeTencentAccounts(theirs, [{ id: 'b0-im-bot', token: 'b0@im.bot:secret-1' }])
    writeFileSync(join(theirs, 'openclaw.json'), JSON.stringify(settings))
    const dry = await home.moltbot('import', 'openclaw', '--dry-run')
    expect(dry.stdout).toContain('would be taken over without a scan')
    expect(dry.stdout).toContain(`apiKey: "\${OPENAI_API_KEY}"`)
    expect(dry.stdout).not.toMatch(/sk-key|secret-1/)
    expect(readdirSync(home.folder)).not.toContain('state')

    const file = join(home.folder, 'new.json5')
    const { code, stdout } = await home.moltbot('import', 'openclaw', theirs, '--config', file)
    expect([code, stdout]).toEqual([0, expect.stringContaining('plugins')])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain('sk-key-0123456789abcdef')
    expect((await home.moltbot('config', 'validate', '--config', file)).stdout).toContain('wechat/b0-im-bot')

    const text = readFileSync(file, 'utf8')
    const over = await home.moltbot('import', 'openclaw', theirs, '--config', file)
    expect([over.code, over.stderr]).toEqual([1, expect.stringContaining('exists already')])
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('is refused with a damaged file, and without anything to import', async () => {
    writeFileSync(join(theirs, 'openclaw.json'), '{ agents: ')
    expect((await home.moltbot('import', 'openclaw')).code).toBe(78)
    const none = await home.moltbot('import', 'openclaw', join(theirs, 'none'))
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('does not exist')])
    const empty = join(home.folder, 'empty')
    mkdirSync(empty)
    expect((await home.moltbot('--lang', 'zh', 'import', 'tencent', empty)).stderr).toContain(
      '没有可导入的内容',
    )
  })
})

it.runIf(process.platform === 'linux')(
  'is refused while OpenClaw runs, which a dry run only reports',
  patience,
  async () => {
    writeTencentAccounts(theirs, [{ id: 'b0-im-bot', token: 'b0@im.bot:secret-1' }])
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'openclaw', 'gateway'])
    onTestFinished(() => void child.kill('SIGKILL'))
    const lock = join(theirs, 'tmp', 'openclaw-1000')
    mkdirSync(lock, { recursive: true })
    const content = { pid: child.pid, createdAt: '', configPath: '', role: 'gateway', stateDir: theirs }
    writeFileSync(join(lock, 'gateway.state.lock'), JSON.stringify(content))
    const refused = await home.moltbot('import', 'tencent')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`pid ${child.pid}`)])
    expect(readdirSync(home.folder)).not.toContain('state')
    const dry = await home.moltbot('import', 'tencent', '--dry-run')
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('OpenClaw is running')])
  },
)

/**
 * `moltbot channels …` in real processes, against the real gateway and backend.
 */

import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'
const groupId = 'R1@chatroom'

let backend: Backend
let home: GatewayHome
let gateway: RunningGateway
let botId: string

beforeAll(async () => {
  backend = await startBackend()
  const accounts = { alpha: { name: 'Work', groups: { [groupId]: {} } }, beta: { enabled: false } }
  home = new GatewayHome(configOf(backend, 'http://127.0.0.1:9/v1', accounts))
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  botId = (await backend.scanAndConfirm(String(url), owner)).botId
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
})
afterAll(async () => {
  await home.dispose()
  await backend.close()
})

/** The result of each step of a decision, and the decision. */
async function explained(...args: string[]) {
  const { code, stdout, stderr } = await home.moltbot('channels', 'explain', ...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

it('lists the accounts and marks the default account', async () => {
  const { code, stdout } = await home.moltbot('channels', 'list')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^alpha \*\s+wechaty-puppet-ilink\s+online\s+yes\s+Work$/m)
  expect(stdout).toMatch(/^beta\s+wechaty-puppet-ilink\s+disabled\s+no$/m)
})

it('reports that everything works and that the account responds', async () => {
  const { code, stdout } = await home.moltbot('channels', 'status', '--probe')
  expect(stdout).toContain('alpha (Work): online since ')
  expect(stdout).toContain('  probe    responds')
  expect(code).toBe(0)
})

it('explains step by step why a stranger gets a code and the owner an answer', async () => {
  const toStranger = await explained('--dm', stranger)
  expect(toStranger[0]).toMatch(new RegExp(`^account +- +logged in as ${botId}.*owner ${owner}$`))
  expect(toStranger).toContainEqual(
    expect.stringMatching(/^stranger +pair +the sender gets a pairing code, once$/),
  )
  expect(toStranger.at(-1)).toBe('=> pair (dm-unknown-sender)')
  expect((await explained('--account', 'alpha', '--dm', owner)).at(-1)).toBe('=> dispatch (dm-owner)')
})

it('explains that there are no groups on iLink', async () => {
  const inGroup = ['--group', groupId, '--sender', stranger, '--text', 'hi', '--mention']
  expect((await explained(...inGroup)).at(-1)).toBe('=> drop (groups-not-possible)')
})

it('uses the approvals of the gateway', async () => {
  await backend.control.inbound({ botId, from: stranger, text: 'let me in' })
  const code = await until(
    async () => /\b[A-HJ-NP-Z2-9]{8}\b/.exec((await backend.replies(botId))[0] ?? '')?.[0],
  )
  await home.moltbot('pairing', 'approve', code)
  expect((await explained('--dm', stranger)).at(-1)).toBe('=> dispatch (dm-approved)')
})

it('names the conversation of each message in the log, so that its id can be configured', async () => {
  const line = await gateway.line({ event: 'message.decided', kind: 'direct', conversation: stranger })
  expect(line).toMatchObject({ msg: 'Message received', sender: stranger })
})

it('sends to a user who has written, with any id prefix, and reports it', async () => {
  const to = ` wechat:${stranger}`
  const sent = await home.moltbot('channels', 'send', '--to', to, '--text', 'from the operator')
  expect(sent).toMatchObject({ code: 0, stdout: 'sent\n', stderr: '' })
  expect(await backend.replies(botId)).toContain('from the operator')
})

it('refuses a text that cannot be sent now, with the reason, and keeps it only if it is told to', async () => {
  const nobody = 'o9Nobody@im.wechat'
  const text = ['channels', 'send', '--to', nobody, '--text', 'hi']
  const refused = await home.moltbot(...text)
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain(`${nobody} has to write first`)
  expect(await home.moltbot('outbox', 'list')).toMatchObject({
    code: 0,
    stdout: 'No message is waiting to be sent.\n',
  })
  const queued = await home.moltbot(...text, '--queue')
  expect(queued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^queued: \S+/) })
  const [, row = '', reason] = (await home.moltbot('outbox', 'list')).stdout.split('\n')
  expect(row).toMatch(/^\d+ +alpha +o9Nobody@im\.wechat +parked .* hi$/)
  expect(reason).toMatch(/^ {2}reason: window-closed/)
  const [id = ''] = row.split(' ')
  expect(await home.moltbot('outbox', 'drop', id)).toMatchObject({ code: 0, stdout: `Dropped: ${id}.\n` })
  expect((await home.moltbot('outbox', 'drop', id)).code).toBe(1)
  expect((await home.moltbot('outbox', 'list', '--failed')).stdout).toBe('No message was given up.\n')
})

it('suggests the id that was meant, if only its case differs', async () => {
  const wrong = stranger.toUpperCase()
  const { code, stderr } = await home.moltbot('channels', 'send', '--to', wrong, '--text', 'hi')
  expect(code).toBe(1)
  expect(stderr).toContain(`did you mean ${stranger}?`)
})

it('reports why a text is not sent', async () => {
  const toBeta = ['--account', 'beta', '--to', stranger, '--text', 'hi']
  const { code, stderr } = await home.moltbot('channels', 'send', ...toBeta)
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'account "beta" is disabled\n' })
})

it('sends a file after its text, from any folder', async () => {
  const path = join(home.folder, 'plan.txt')
  writeFileSync(path, 'the plan')
  const sent = await home.moltbot(
    'channels',
    'send',
    '--to',
    stranger,
    '--text',
    'the plan:',
    '--media',
    path,
  )
  expect(sent).toMatchObject({ code: 0, stdout: 'sent\n', stderr: '' })
  const [caption, file] = (await backend.control.sent({ botId })).slice(-2)
  expect(JSON.stringify(caption?.items)).toContain('the plan:')
  expect(file).toMatchObject({ to: stranger, media: { kind: 'file', name: 'plan.txt', size: 8 }, flags: [] })
})

it('reports why a file is not sent', async () => {
  const send = (...args: string[]) => home.moltbot('channels', 'send', '--to', stranger, ...args)
  const none = join(home.folder, 'none')
  const missing = await send('--media', none)
  expect(missing).toMatchObject({
    code: 1,
    stderr: `${none} cannot be read: no such file or directory\n`,
  })
  const large = join(home.folder, 'large')
  writeFileSync(large, '')
  truncateSync(large, 26 * 1024 * 1024)
  expect(await send('--media', large)).toMatchObject({ code: 1, stderr: expect.stringContaining('25 MB') })
  expect(await send()).toMatchObject({ code: 2, stderr: expect.stringContaining('--media') })
})

it('logs an account out, and reports that it needs a new login', async () => {
  expect(await home.moltbot('channels', 'logout')).toMatchObject({ code: 0, stderr: '' })
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'logged-out' })
  const { code, stdout } = await home.moltbot('channels', 'status')
  expect(code).toBe(1)
  expect(stdout).toContain('to do    scan the QR code')
  const link = /alpha: scan.*\n +link of the QR code: https:\S+qrcode=/
  await until(async () => link.exec((await home.moltbot('gateway', 'status')).stdout)?.[0])
})

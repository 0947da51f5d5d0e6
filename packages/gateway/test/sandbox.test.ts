import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectGateway } from '../src/control/client.ts'
import { readRuntime } from '../src/sandbox/runtime-file.ts'
import { killAll, moltbot, type Place, run, runGateway } from './moltbot.ts'
import { scratch } from './scratch.ts'

const bin = join(import.meta.dirname, '..', 'bin', 'moltbot.js')
const hourMs = 60 * 60_000
const newPlace = (): Place => ({ bin, stateDir: scratch() })

afterEach(killAll)

describe('the sandbox', () => {
  it('answers the simulated person, prints only the answer, and ends on Ctrl-C with nothing left', async () => {
    const here = newPlace()
    const { child, event, finished } = runGateway(here, '--sandbox')
    await event('gateway.ready')
    const said = await moltbot(here, 'sandbox', 'say', 'hello')
    expect(said).toMatchObject({ code: 0, stderr: '' })
    expect(said.stdout).toMatch(/^.*hello\n$/)
    const { controlUrl } = readRuntime(here.stateDir)
    child.kill('SIGINT')
    expect(await finished).toMatchObject({ code: 0, signal: null })
    await expect(fetch(`${controlUrl}/control/sent`)).rejects.toThrow()
    expect(await moltbot(here, 'sandbox', 'say', 'hello')).toMatchObject({ code: 69 })
  })

  it('is open to every command on its own state directory, which is named to who looks elsewhere', async () => {
    const here = newPlace()
    await runGateway(here, '--sandbox').event('gateway.ready')
    const stateDir = join(here.stateDir, 'sandbox')
    const elsewhere = await moltbot(here, 'channels', 'list')
    expect(elsewhere).toMatchObject({
      code: 69,
      stderr: expect.stringContaining(`MOLTBOT_STATE_DIR=${stateDir}`),
    })
    for (const command of [
      ['channels', 'list'],
      ['sandbox', 'say', 'hello'],
      ['dashboard', '--sandbox', '--json'],
      ['push', 'me', 'hello'],
    ])
      expect(await moltbot({ ...here, stateDir }, ...command)).toMatchObject({ code: 0 })
  })

  it('says to a person what runs and what to type, and nothing else', async () => {
    const { child, finished } = run(newPlace(), 'gateway', 'run', '--sandbox')
    let shown = ''
    child.stdout?.on('data', (data) => {
      shown += data
    })
    while (!shown.includes('Ctrl-C')) await once(child.stdout ?? child, 'data')
    const [, phone] = /^ {2}(http:\S+#link=[\w-]+&page=phone)$/m.exec(shown) ?? []
    expect(shown.split('\n').slice(0, 2)).toContain(`  ${phone}`)
    expect(shown).toContain('moltbot sandbox say')
    expect(shown.split('\n').length).toBeLessThan(15)
    child.kill('SIGTERM')
    await finished
  })

  it('has an account with a group from the first look at the phone on, and ends its puppet', async () => {
    const here = newPlace()
    const { event, child, finished } = runGateway(here, '--sandbox')
    await event('gateway.ready')
    const gateway = connectGateway(join(here.stateDir, 'sandbox'))
    expect((await gateway.call('status')).accounts.map(({ accountId }) => accountId)).toEqual(['default'])
    await gateway.call('phone')
    await event('config.applied')
    const ids = async () => (await gateway.call('phone')).accounts.map(({ accountId }) => accountId)
    await expect.poll(ids, { timeout: 20_000 }).toEqual(['default', 'group'])
    child.kill('SIGTERM')
    expect(await finished).toMatchObject({ code: 0 })
  })

  it('lets time pass: a reminder comes at its time, and the others of the process go by the same clock', async () => {
    const here = newPlace()
    const { event } = runGateway(here, '--sandbox')
    await event('gateway.ready')
    const said = await moltbot(here, 'sandbox', 'say', 'remind me in 30 minutes to drink tea')
    expect(said.stdout).toContain('It will be sent at that time.')
    const gateway = connectGateway(join(here.stateDir, 'sandbox'))
    const startMs = Date.now()
    const { nowMs } = await gateway.call('phoneClock', { advanceMs: hourMs })
    expect(nowMs).toBeGreaterThanOrEqual(startMs + hourMs)
    const owner = { accountId: 'default', personId: 'sandbox-person@im.wechat' }
    const { messages } = await gateway.call('phoneChat', owner)
    const [asked] = messages
    expect(messages.at(-1)).toMatchObject({ kind: 'text', text: 'drink tea' })
    const afterMs = (messages.at(-1)?.atMs ?? 0) - (asked?.atMs ?? 0)
    expect(Math.round(afterMs / 60_000)).toBe(30)
    await gateway.call('phoneClock', { advanceMs: 24 * hourMs })
    const forecast = await gateway.call('forecast', { accountId: 'default', to: owner.personId })
    expect(forecast).toMatchObject({ outcome: 'queued', wait: { cause: 'window' } })
    const { stdout } = await moltbot(here, 'sandbox', 'say', 'still there?')
    expect(stdout).toContain('echo: still there?')
  })

  it('is not found by a command when the note about it is damaged', async () => {
    const here = newPlace()
    mkdirSync(join(here.stateDir, 'sandbox'))
    for (const damaged of ['{', '{"pid":1}']) {
      writeFileSync(join(here.stateDir, 'sandbox', 'sandbox.json'), damaged)
      const { code, stderr } = await moltbot(here, 'sandbox', 'say', 'hello')
      expect(code).toBe(69)
      expect(stderr).not.toContain('    at ')
    }
  })

  it('begins empty each time, and leaves the state of a real gateway alone', async () => {
    const here = newPlace()
    const sandbox = join(here.stateDir, 'sandbox')
    mkdirSync(join(sandbox, 'wechat'), { recursive: true })
    writeFileSync(join(here.stateDir, 'gateway.sqlite'), 'x')
    writeFileSync(join(sandbox, 'wechat', 'old'), 'x')
    writeFileSync(join(sandbox, 'gateway.lock'), '')
    await runGateway(here, '--sandbox').event('gateway.ready')
    expect(existsSync(join(here.stateDir, 'gateway.sqlite'))).toBe(true)
    expect(existsSync(join(sandbox, 'wechat', 'old'))).toBe(false)
  })

  it('never empties a folder with other files', async () => {
    const here = newPlace()
    mkdirSync(join(here.stateDir, 'sandbox'))
    writeFileSync(join(here.stateDir, 'sandbox', 'my-castle'), 'x')
    const { code, stderr } = await runGateway(here, '--sandbox').finished
    expect(code).toBe(1)
    expect(stderr).toContain('MOLTBOT_STATE_DIR')
    expect(existsSync(join(here.stateDir, 'sandbox', 'my-castle'))).toBe(true)
  })

  it('is the only one, and the second does not touch the state of the first', async () => {
    const here = newPlace()
    const { event, child } = runGateway(here, '--sandbox')
    await event('gateway.ready')
    const second = await runGateway(here, '--sandbox').finished
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`pid ${child.pid}`) })
    expect(await moltbot(here, 'sandbox', 'say', 'still there?')).toMatchObject({ code: 0 })
  })

  it('has a person who waits no longer than asked', async () => {
    const here = newPlace()
    const { event, child } = runGateway(here, '--sandbox')
    await event('gateway.ready')
    await moltbot(here, 'sandbox', 'say', 'hello')
    child.kill('SIGSTOP')
    const said = moltbot(here, 'sandbox', 'say', 'anyone?', '--timeout', '0.2')
    expect(await said).toMatchObject({ code: 1, stdout: '' })
    expect((await said).stderr).toContain('0.2 s')
  })
})

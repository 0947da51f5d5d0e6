import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { scratch } from '../../test/scratch.ts'
import { type ControlServer, listen } from '../control/server.ts'
import { englishSpeech } from '../language/speech.ts'
import { createLog } from '../log/logger.ts'
import { makeControlToken } from '../state/control-token.ts'
import { writeGatewayFile } from '../state/gateway-file.ts'
import { openDashboard } from './dashboard-command.ts'
import { openInBrowser } from './open-in-browser.ts'
import { outputIn } from './show.ts'

const open: ControlServer[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function gateway() {
  const stateDir = scratch()
  const token = makeControlToken(stateDir)
  const log = createLog({ format: 'json', write: () => undefined }).logger
  const server = await listen({ host: '127.0.0.1', port: 0, token, target: fakeTarget({}), log })
  open.push(server)
  writeGatewayFile(stateDir, { pid: process.pid, url: server.url, startedAt: '', version: '' })
  const written: string[] = []
  const output = outputIn(englishSpeech, 'moltbot', (text) => void written.push(text))
  return { stateDir, url: server.url, output, written: () => written.join('') }
}

/** A machine with a screen, whose `xdg-open` writes down its arguments. */
function screen(exitCode = 0) {
  const folder = scratch()
  const note = join(folder, 'opened')
  mkdirSync(join(folder, 'bin'))
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > '${note}'\nexit ${exitCode}\n`
  writeFileSync(join(folder, 'bin', 'xdg-open'), script, { mode: 0o700 })
  vi.stubEnv('DISPLAY', ':0')
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`)
  return { opened: () => readFileSync(note, 'utf8').trim() }
}

const linkPattern = /http:\/\/127\.0\.0\.1:\d+\/#link=([\w-]{43})/

async function isTraded(url: string, link: string | undefined): Promise<boolean> {
  const headers = { origin: url }
  const body = JSON.stringify({ link })
  return (await fetch(`${url}/api/dashboard/session`, { method: 'POST', headers, body })).ok
}

describe.runIf(process.platform === 'linux')('moltbot dashboard', () => {
  it('prints a link that opens one session, and opens it without showing it to other users', async () => {
    const { stateDir, url, output, written } = await gateway()
    const { opened } = screen()
    await openDashboard(stateDir, { open: true }, output)
    const [printed, link] = linkPattern.exec(written()) ?? []
    expect(opened()).not.toContain(link)
    const door = fileURLToPath(opened())
    expect(readFileSync(door, 'utf8')).toContain(printed)
    expect(statSync(door).mode & 0o777).toBe(0o600)
    expect(written()).not.toContain('ssh')
    expect(await isTraded(url, link)).toBe(true)
    expect(await isTraded(url, link)).toBe(false)
  })

  it('only prints the link where that is wanted', async () => {
    const { stateDir, output, written } = await gateway()
    const { opened } = screen()
    await openDashboard(stateDir, { open: false }, output)
    expect(written()).toMatch(linkPattern)
    expect(opened).toThrow('ENOENT')
  })

  it('prints what scripts read, and nothing else', async () => {
    const { stateDir, url, output, written } = await gateway()
    const { opened } = screen()
    await openDashboard(stateDir, { json: true, open: true }, output)
    const answer = JSON.parse(written())
    expect(answer).toEqual({ url: expect.stringMatching(linkPattern), expiresAtMs: expect.any(Number) })
    expect(opened).toThrow('ENOENT')
    expect(await isTraded(url, linkPattern.exec(answer.url)?.[1])).toBe(true)
  })

  it('says how to reach it where there is no screen, or no browser', async () => {
    const { stateDir, url, output, written } = await gateway()
    const { port } = new URL(url)
    vi.stubEnv('DISPLAY', '')
    vi.stubEnv('WAYLAND_DISPLAY', '')
    await openDashboard(stateDir, { open: true }, output)
    screen(3)
    await openDashboard(stateDir, { open: true }, output)
    expect(written().split(`ssh -L ${port}:127.0.0.1:${port} `)).toHaveLength(3)
  })

  it('reports that no gateway is running', async () => {
    const output = outputIn(englishSpeech, 'moltbot', () => undefined)
    await expect(openDashboard(scratch(), { open: true }, output)).rejects.toMatchObject({
      code: 'gateway-unreachable',
    })
  })
})

it('is not opened by a program that does not exist', async () => {
  const nowhere = { DISPLAY: ':0', PATH: scratch() }
  if (process.platform === 'linux') expect(await openInBrowser('/x', nowhere)).toBe(false)
})

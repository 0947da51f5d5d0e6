/**
 * `moltbot logs` and `config init` as a user types them.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killAll, makeCheckout, moltbot, type Place, run, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(killAll)

const line = (fields: object) =>
  `${JSON.stringify({ time: '2026-11-28T12:00:00.000Z', level: 'info', ...fields })}\n`

function placeWithLog(...files: string[]): Place & { log: string } {
  const stateDir = scratch()
  const log = join(stateDir, 'logs', 'gateway.log')
  mkdirSync(dirname(log), { recursive: true })
  files.forEach((text, index) => {
    writeFileSync(index === 0 ? log : `${log}.${index}`, text)
  })
  return { bin, stateDir, log, env: { COLUMNS: '80' } }
}

describe('moltbot logs', () => {
  it('shows the newest lines for people, over the files, and folds them', async () => {
    const long = line({ msg: 'long '.repeat(40), accountId: 'home' })
    const here = placeWithLog(line({ msg: 'second' }) + long, line({ msg: 'first' }))
    const { code, stdout } = await moltbot(here, 'logs')
    expect(code).toBe(0)
    expect(stdout).toMatch(/info {2}first\n.*info {2}second\n/)
    expect(Math.max(...stdout.split('\n').map((text) => text.length))).toBeLessThanOrEqual(80)
    expect((await moltbot(here, 'logs', '-n', '1')).stdout).not.toContain('second')
    expect((await moltbot(here, 'logs', '-n', '0')).stdout).toBe('')
  })

  it('shows what is asked for: an account, a level, JSON', async () => {
    const here = placeWithLog(
      line({ msg: 'a', accountId: 'home' }) +
        line({ msg: 'b', level: 'error', accountId: 'work' }) +
        line({ msg: 'c', level: 'warn' }),
    )
    const messages = async (...args: string[]) => {
      const { stdout } = await moltbot(here, 'logs', '--json', ...args)
      return stdout
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text).msg)
    }
    expect(await messages()).toEqual(['a', 'b', 'c'])
    expect(await messages('--account', 'home')).toEqual(['a'])
    expect(await messages('--level', 'warn')).toEqual(['b', 'c'])
    expect(await messages('--level', 'error', '--account', 'work')).toEqual(['b'])
  })

  it('shows no key of the configuration, and no control character', async () => {
    const key = 'correct horse battery'
    const config = writeConfig({ channels: { fake: { secret: key } } })
    const here = placeWithLog(line({ msg: `it was ${key}\u001b[2J` }))
    const { stdout } = await moltbot(here, 'logs', '--config', config)
    expect(stdout).toContain('it was [redacted]')
    expect(stdout).not.toContain('\u001b')
  })

  it('goes on with new lines, also when the file is rotated', async () => {
    const here = placeWithLog(line({ msg: 'old' }))
    const following = run(here, 'logs', '--follow')
    const shows = (text: string) =>
      new Promise<void>((resolve) => {
        let shown = ''
        following.child.stdout?.on('data', (data) => {
          shown += data
          if (shown.includes(text)) resolve()
        })
      })
    await shows('old')
    appendFileSync(here.log, line({ msg: 'before the rotation' }))
    const rotated = shows('after the rotation')
    renameSync(here.log, `${here.log}.1`)
    writeFileSync(here.log, line({ msg: 'after the rotation' }))
    await rotated
    following.child.kill('SIGINT')
    const { stdout } = await following.finished
    expect(stdout).toMatch(/old\n.*before the rotation\n.*after the rotation\n/)
  })

  it('reads the file of the running gateway', async () => {
    const file = join(scratch(), 'own.log')
    const config = writeConfig({ gateway: { port: 0 }, logging: { file }, channels: { fake: {} } })
    const here = { bin, stateDir: scratch(), config }
    await runGateway(here).event('gateway.ready')
    const { stdout } = await moltbot({ bin, stateDir: here.stateDir }, 'logs')
    expect(stdout).toContain('Gateway is ready')
  })

  it.each([
    ['there is none', {}, 'there is no log at'],
    ['none is wanted', { logging: { file: false } }, 'logging.file: false'],
  ])('ends with 1 where %s', async (_, more, message) => {
    const config = writeConfig({ channels: { fake: {} }, ...more })
    const { code, stdout, stderr } = await moltbot({ bin, stateDir: scratch() }, 'logs', '--config', config)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('moltbot config init', () => {
  // A checkout of the tests has no example; the shipped one is looked for beside its sources.
  it('writes the example where there is no file, and never over one', async () => {
    const own = join(import.meta.dirname, '../bin/moltbot.js')
    const here = { bin: own, stateDir: scratch() }
    const path = join(here.stateDir, '.moltbot', 'config.json5')
    const example = readFileSync(join(import.meta.dirname, '../../../config/config.example.json5'), 'utf8')
    expect((await moltbot(here, 'config', 'init', '--print')).stdout).toBe(example)
    expect(existsSync(path)).toBe(false)
    expect((await moltbot(here, 'config', 'init')).code).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe(example)
    writeFileSync(path, '// mine')
    const again = await moltbot(here, 'config', 'init')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('exists already')
    expect(readFileSync(path, 'utf8')).toBe('// mine')
  })
})

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { openClawPlace, runningOpenClaw } from './openclaw-place.ts'

let home = ''
beforeEach(() => {
  home = scratch()
})

function put(file: string, content: object | string = {}): string {
  const path = join(home, file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const place = (path?: string, env: NodeJS.ProcessEnv = {}) => openClawPlace(path, { HOME: home, ...env })

describe('the place of an OpenClaw', () => {
  it('is found by its configuration, its state directory, or the folder of the plugin in it', () => {
    const configFile = put('oc/openclaw.json')
    put('oc/openclaw-weixin/accounts.json')
    const folder = join(home, 'oc')
    for (const path of [configFile, folder, join(folder, 'openclaw-weixin'), '~/oc'])
      expect(place(path)).toEqual({ folder, configFile })
    expect(place(put('elsewhere/my.json5'), { OPENCLAW_STATE_DIR: folder }).folder).toBe(folder)
  })

  it('is where OpenClaw itself looks, without a path', () => {
    expect(() => place()).toThrow(expect.objectContaining({ code: 'import-not-found' }))
    const older = put('.clawdbot/clawdbot.json')
    expect(place()).toEqual({ folder: join(home, '.clawdbot'), configFile: older })
    mkdirSync(join(home, '.openclaw'))
    expect(place()).toEqual({ folder: join(home, '.openclaw'), configFile: undefined })
    const named = put('named/openclaw.json')
    const env = { OPENCLAW_STATE_DIR: join(home, 'named') }
    expect(place(undefined, env).configFile).toBe(named)
    expect(place(undefined, { ...env, OPENCLAW_CONFIG_PATH: older }).configFile).toBe(older)
  })

  it('is not found where nothing is', () => {
    expect(() => place(join(home, 'none'))).toThrow(join(home, 'none'))
  })
})

describe('a gateway of OpenClaw', () => {
  const lock = 'oc/tmp/openclaw-1000/gateway.state.lock'
  const look = () => runningOpenClaw({ folder: join(home, 'oc'), configFile: undefined })
  const of = (pid: number, more: object = {}) => ({ pid, createdAt: '', configPath: '', ...more })

  it.runIf(process.platform === 'linux')(
    'is seen by its lock while a process of that name has its number',
    () => {
      put(lock, of(process.pid))
      // This process is not called so.
      expect(look()).toBe(process.argv.join().includes('openclaw') ? process.pid : undefined)
      put(lock, of(2 ** 22 + 1))
      expect(look()).toBeUndefined()
    },
  )

  it.each([
    ['half a lock', '{"pid":'],
    ['no lock at all', '[]'],
    ['a lock with a hostile number', of(-1)],
    ['a lock of a command', of(process.pid, { role: 'sqlite-maintenance' })],
  ])('is not seen in %s', (_, content) => {
    put(lock, content)
    expect(look()).toBeUndefined()
  })

  it('is not looked for through what is no folder', () => {
    put('oc/tmp', 'a file')
    expect(look()).toBeUndefined()
    symlinkSync(join(home, 'nowhere'), join(home, 'link'))
    expect(runningOpenClaw({ folder: join(home, 'link'), configFile: undefined })).toBeUndefined()
  })
})

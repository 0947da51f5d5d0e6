import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { makeControlToken, readControlToken } from './control-token.ts'
import { readGatewayFile, writeGatewayFile } from './gateway-file.ts'
import { takeGatewayLock } from './lock.ts'
import { checkOwnFolder, makePrivateDir, stateDirPath } from './state-dir.ts'

const mode = (file: string) => statSync(file).mode & 0o777
const info = {
  pid: 4711,
  url: 'http://127.0.0.1:18789',
  startedAt: '2026-01-02T03:04:05.678Z',
  version: '0.1.0',
}

describe('state directory', () => {
  it('is the one the environment names', () => {
    expect(stateDirPath({ MOLTBOT_STATE_DIR: '/some/where' }, scratch())).toBe('/some/where')
  })

  it('is ~/.moltbot unless only the older name exists', () => {
    const home = scratch()
    expect(stateDirPath({}, home)).toBe(join(home, '.moltbot'))
    mkdirSync(join(home, '.clawdbot'))
    expect(stateDirPath({}, home)).toBe(join(home, '.clawdbot'))
    mkdirSync(join(home, '.moltbot'))
    expect(stateDirPath({}, home)).toBe(join(home, '.moltbot'))
  })

  it('is closed to others even when it was open', () => {
    const folder = join(scratch(), 'open')
    mkdirSync(folder, { mode: 0o755 })
    makePrivateDir(folder)
    expect(mode(folder)).toBe(0o700)
  })

  it.each([0o775, 0o757, 0o722])(
    'is refused with mode %o, because others could have written in it',
    (open) => {
      const folder = join(scratch(), 'it is open')
      mkdirSync(folder)
      writeFileSync(join(folder, 'control-token'), 'x')
      chmodSync(folder, open)
      for (const use of [makePrivateDir, checkOwnFolder]) {
        expect(() => use(folder)).toThrow(
          expect.objectContaining({
            code: 'state-dir-unsafe',
            message: expect.stringContaining(`chmod 700 '${folder}'`),
          }),
        )
      }
      expect(mode(folder)).toBe(open)
    },
  )

  it('is closed where it is empty, whatever its mode', () => {
    const folder = join(scratch(), 'open')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    makePrivateDir(folder)
    expect(mode(folder)).toBe(0o700)
  })

  it('is named where it cannot be a folder', () => {
    const file = join(scratch(), 'file')
    writeFileSync(file, '')
    for (const [folder, reason] of [
      [file, 'it is not a folder'],
      [join(file, 'x'), 'it is not in a folder'],
    ] as const) {
      expect(() => makePrivateDir(folder)).toThrow(`cannot write in ${folder}: ${reason}; `)
    }
  })
})

describe('control token', () => {
  it('is made anew at each start, readable by the owner only', () => {
    const folder = scratch()
    expect(readControlToken(folder)).toBeUndefined()
    const token = makeControlToken(folder)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(mode(join(folder, 'control-token'))).toBe(0o600)
    expect(readControlToken(folder)).toBe(token)
    expect(makeControlToken(folder)).not.toBe(token)
    expect(readControlToken(folder)).not.toBe(token)
  })

  it('is not read from a damaged file, which the next start replaces', () => {
    const folder = scratch()
    writeFileSync(join(folder, 'control-token'), 'half a tok')
    expect(readControlToken(folder)).toBeUndefined()
    const token = makeControlToken(folder)
    expect(readControlToken(folder)).toBe(token)
  })
})

describe.runIf(process.getuid?.() === 0)('what belongs to another user', () => {
  const stranger = 54_321

  it('is no state directory', () => {
    const folder = scratch()
    chownSync(folder, stranger, stranger)
    for (const use of [makePrivateDir, checkOwnFolder]) {
      expect(() => use(folder)).toThrow(
        expect.objectContaining({ code: 'state-dir-unsafe', message: expect.stringContaining('chown -R 0') }),
      )
    }
  })

  it('is no control token, and is replaced at the next start', () => {
    const folder = scratch()
    makeControlToken(folder)
    chownSync(join(folder, 'control-token'), stranger, stranger)
    expect(readControlToken(folder)).toBeUndefined()
    const token = makeControlToken(folder)
    expect(readControlToken(folder)).toBe(token)
  })
})

describe('gateway file', () => {
  it('comes back as it was written and is private', () => {
    const folder = scratch()
    writeGatewayFile(folder, info)
    expect(readGatewayFile(folder)).toEqual(info)
    expect(mode(join(folder, 'gateway.json'))).toBe(0o600)
  })

  it.each(['', '{"pid":', '{"pid":-1,"url":"x"}'])('is nothing when it holds %j', (text) => {
    const folder = scratch()
    writeFileSync(join(folder, 'gateway.json'), text)
    expect(readGatewayFile(folder)).toBeUndefined()
  })
})

describe('lock', () => {
  it('is held by one at a time, and the second hears who holds it', () => {
    const folder = scratch()
    const lock = takeGatewayLock(folder)
    expect(() => takeGatewayLock(folder)).toThrow('still starting')
    writeGatewayFile(folder, info)
    expect(() => takeGatewayLock(folder)).toThrow(/pid 4711, http:\/\/127\.0\.0\.1:18789/)
    lock.release()
    takeGatewayLock(folder).release()
  })

  it('survives a damaged lock file', () => {
    const folder = scratch()
    writeFileSync(
      join(folder, 'gateway.lock'),
      'not a database at all, but long enough to look like one'.repeat(40),
    )
    takeGatewayLock(folder).release()
    expect(readdirSync(folder).some((name) => name.startsWith('gateway.lock.corrupt-'))).toBe(true)
  })
})

import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { flushFinding, machineChecks, spaceFinding } from './machine.ts'
import { runChecks } from './run-checks.ts'

const { signal } = new AbortController()
const examine = (stateDir: string, env: NodeJS.ProcessEnv = {}) =>
  runChecks(machineChecks(stateDir, env), { signal, redact: (text) => text })
const mb = 1024 * 1024

describe('the room on the disk', () => {
  it.each([
    [99 * mb, false, 'problem'],
    [100 * mb, false, 'warning'],
    [1023 * mb, false, 'warning'],
    [1024 * mb, false, 'ok'],
    [1_000_000 * mb, true, 'problem'],
  ])('%s bytes, out of files %s: %s', (bytes, outOfFiles, status) => {
    expect(spaceFinding(bytes, outOfFiles).status).toBe(status)
  })
})

describe('the speed of the disk', () => {
  it.each([
    [0.4, 'ok'],
    [49, 'ok'],
    [50, 'warning'],
    [499, 'warning'],
    [500, 'problem'],
  ])('%s ms: %s', (ms, status) => {
    expect(flushFinding(ms).status).toBe(status)
  })
})

describe('this machine', () => {
  it('is looked at without a trace', async () => {
    const folder = scratch()
    chmodSync(folder, 0o700)
    const results = await examine(folder)
    expect(results.map(({ about }) => about)).toEqual(['node', 'state', 'disk', 'disk'])
    expect(readdirSync(folder)).toEqual([])
  })

  it('has no state directory yet, and gets none', async () => {
    const parent = scratch()
    const results = await examine(join(parent, 'a', 'b'))
    expect(results.map(({ status }) => status)).not.toContain('problem')
    expect(readdirSync(parent)).toEqual([])
  })

  it('has a state directory that others can read or write', async () => {
    const folder = scratch()
    mkdirSync(join(folder, 'content'))
    chmodSync(folder, 0o755)
    expect(await examine(folder)).toContainEqual(
      expect.objectContaining({
        about: 'state',
        status: 'warning',
        advice: `chmod 700 ${JSON.stringify(folder)}`,
      }),
    )
    chmodSync(folder, 0o777)
    expect(await examine(folder)).toContainEqual(
      expect.objectContaining({ about: 'state', status: 'problem' }),
    )
  })

  it('has a state directory that is a file', async () => {
    const results = await examine('/dev/null')
    expect(results.filter(({ status }) => status === 'problem').map(({ about }) => about)).toContain('disk')
  })

  it('has a time zone that there is not', async () => {
    expect(await examine(scratch(), { TZ: 'Asia/Beijing' })).toContainEqual(
      expect.objectContaining({
        about: 'node',
        status: 'warning',
        message: expect.stringContaining('Asia/Shanghai'),
      }),
    )
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from './lock.ts'

describe('a lock', () => {
  let folder = ''
  const file = () => join(folder, 'x.lock')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'moltbot-lock-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('has one holder at a time', () => {
    const lock = takeLock(file())
    expect(() => takeLock(file())).toThrow(expect.objectContaining({ code: 'locked', retryable: true }))
    lock.release()
    lock.release()
    takeLock(file()).release()
  })

  it('keeps other processes out and ends with its process', () => {
    const script = `
      const { takeLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))})
      try { takeLock(${JSON.stringify(file())}); console.log('taken') } catch (error) { console.log(error.code) }
      process.kill(process.pid, 'SIGKILL')`
    const inChild = () => {
      try {
        return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
      } catch (error) {
        return error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
      }
    }
    const lock = takeLock(file())
    expect(inChild()).toBe('locked\n')
    lock.release()
    expect(inChild()).toBe('taken\n')
    takeLock(file()).release()
  })

  it('is readable by its user only', () => {
    takeLock(file()).release()
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('moves a file that is something else aside', () => {
    writeFileSync(file(), 'no database, but long enough to be read as one'.repeat(20))
    takeLock(file()).release()
    expect(readdirSync(folder)).toEqual(['x.lock', expect.stringMatching(/^x\.lock\.corrupt-\d{4}-/)])
  })
})

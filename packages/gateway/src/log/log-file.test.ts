import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { LogFile } from './log-file.ts'
import { createLog } from './logger.ts'

const read = (path: string) => readFileSync(path, 'utf8')

describe('a log file', () => {
  it('is created with its folder, for its owner only, and continued by the next process', () => {
    const path = join(scratch(), 'logs', 'gateway.log')
    for (const line of ['one\n', 'two\n']) {
      const file = new LogFile({ path, maxBytes: 100, maxFiles: 1 })
      file.write(line)
      file.close()
    }
    expect(read(path)).toBe('one\ntwo\n')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  })

  it('keeps the newest lines in order, in files of at most the given size and number (property)', () => {
    const lines = fc.array(
      fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replaceAll('\n', ' ')),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(
        lines,
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 0, max: 3 }),
        (texts, maxBytes, maxFiles) => {
          const folder = scratch()
          const path = join(folder, 'x.log')
          const file = new LogFile({ path, maxBytes, maxFiles })
          for (const text of texts) file.write(`${text}\n`)
          file.close()
          const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0)
          const names = readdirSync(folder).sort((a, b) => numberOf(b) - numberOf(a))
          expect(names.length).toBeLessThanOrEqual(maxFiles + 1)
          const contents = names.map((name) => read(join(folder, name)))
          for (const content of contents) {
            const isOneLine = content.indexOf('\n') === content.length - 1
            if (!isOneLine) expect(Buffer.byteLength(content)).toBeLessThanOrEqual(maxBytes)
          }
          const kept = contents.join('').split('\n').slice(0, -1)
          expect(kept).toEqual(texts.slice(texts.length - kept.length))
          if (texts.length > 0) expect(kept.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('never renames a device', () => {
    const file = new LogFile({ path: '/dev/null', maxBytes: 2, maxFiles: 1 })
    for (let count = 0; count < 5; count++) file.write('a line\n')
    file.close()
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('does not wait for the reader of a pipe', () => {
    const path = join(scratch(), 'pipe')
    execFileSync('mkfifo', [path])
    const file = new LogFile({ path, maxBytes: 100, maxFiles: 1 })
    expect(() => file.write('x\n')).toThrow('ENXIO')
  })
})

describe('the log file of a log', () => {
  const options = (path: string) => ({ path, maxBytes: 100_000, maxFiles: 1 })
  const logWith = (format: 'human' | 'json') => {
    const shown: string[] = []
    return { ...createLog({ format, colours: false, write: (text) => shown.push(text) }), shown }
  }

  it('has every line as JSON, those before it was known too, without secrets and drawings', () => {
    const path = join(scratch(), 'x.log')
    const { logger, redactor, setFile, shown } = logWith('human')
    redactor.register('correct horse')
    logger.info({ terminal: '█▀█', url: 'http://x' }, 'early')
    setFile(options(path))
    logger.warn({ event: 'x' }, 'late correct horse')
    const lines = read(path)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 'info', msg: 'early', url: 'http://x' },
      { level: 'warn', event: 'x', msg: 'late [redacted]' },
    ])
    expect(lines[0]).not.toHaveProperty('terminal')
    expect(shown).toHaveLength(2)
  })

  it('changes with the configuration, and can be none', () => {
    const [first, second] = [join(scratch(), 'a'), join(scratch(), 'b')]
    const { logger, setFile } = logWith('json')
    for (const file of [options(first), options(first), options(second), undefined]) {
      setFile(file)
      logger.info({}, 'line')
    }
    expect(read(first).match(/\n/g)).toHaveLength(2)
    expect(read(second).match(/\n/g)).toHaveLength(1)
  })

  it('is reported once while it cannot be written, and used again afterwards', () => {
    const folder = join(scratch(), 'logs')
    writeFileSync(folder, 'a file where the folder should be')
    const { logger, setFile, shown } = logWith('json')
    setFile(options(join(folder, 'x.log')))
    logger.info({}, 'one')
    logger.info({}, 'two')
    expect(shown.filter((line) => line.includes('log.file-failed'))).toHaveLength(1)
    expect(shown).toHaveLength(3)
    rmSync(folder)
    mkdirSync(folder)
    logger.info({}, 'three')
    expect(read(join(folder, 'x.log'))).toContain('three')
  })
})

import { describe, expect, it } from 'vitest'
import { createLog } from './logger.ts'

const all = { after: 0, level: 'trace' }

function filled() {
  const log = createLog({ format: 'json', level: 'debug', write: () => undefined })
  log.logger.info({ accountId: 'a', event: 'x' }, 'First')
  log.logger.debug({ accountId: 'b', size: 7 }, 'Second')
  log.logger.error({ err: new Error('no Disk') }, 'Third')
  return log
}

const messages = (log: ReturnType<typeof filled>, query: object) =>
  log.recent.find({ ...all, ...query }).lines.map(({ message }) => message)

describe('the newest lines of the log', () => {
  it('are found by level, account, text and number', () => {
    const log = filled()
    expect(messages(log, {})).toEqual(['First', 'Second', 'Third'])
    expect(messages(log, { level: 'info' })).toEqual(['First', 'Third'])
    expect(messages(log, { accountId: 'b' })).toEqual(['Second'])
    expect(messages(log, { text: 'NO DISK' })).toEqual(['Third'])
    expect(messages(log, { text: 'size=7' })).toEqual(['Second'])
    expect(messages(log, { after: 2 })).toEqual(['Third'])
    expect(log.recent.find({ ...all, after: 3 })).toEqual({ lines: [], last: 3 })
    expect(messages(log, { after: 99 })).toEqual([])
  })

  it('are kept up to a number, and keep their numbers', () => {
    const log = createLog({ format: 'json', write: () => undefined })
    for (let count = 1; count <= 2_500; count++) log.logger.info({ count }, `line ${count}`)
    const { lines, last } = log.recent.find(all)
    expect(last).toBe(2_500)
    expect(lines).toHaveLength(500)
    expect(lines.at(-1)).toMatchObject({ number: 2_500, message: 'line 2500' })
    expect(log.recent.find({ ...all, text: 'line 500' }).lines).toEqual([])
    expect(log.recent.find({ ...all, after: 2_498 }).lines.map(({ number }) => number)).toEqual([
      2_499, 2_500,
    ])
  })

  it('are fewer where they are long', () => {
    const log = createLog({ format: 'json', write: () => undefined })
    for (let count = 1; count <= 600; count++) log.logger.info({ text: 'x'.repeat(16_000) }, `line ${count}`)
    expect(log.recent.find({ ...all, text: 'line 600' }).lines).toHaveLength(1)
    expect(log.recent.find({ ...all, text: 'line 99 ' }).lines).toEqual([])
  })

  it('hide a secret that became known after they were written', () => {
    const log = createLog({ format: 'json', write: () => undefined })
    log.logger.warn({ answer: 'said hunter2-hunter2' }, 'The server hunter2-hunter2 refused')
    log.redactor.register('hunter2-hunter2')
    expect(JSON.stringify(log.recent.find(all))).not.toContain('hunter2')
  })

  it('have control characters and drawings taken out', () => {
    const log = createLog({ format: 'json', write: () => undefined })
    log.logger.info({ terminal: '█▀█', who: 'a\u001b[2Jb' }, 'Scan\u001b[31m')
    const [line] = log.recent.find(all).lines
    expect(JSON.stringify(line)).not.toMatch(/\\u001b|█/)
  })
})

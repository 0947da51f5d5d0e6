import { describe, expect, it } from 'vitest'
import type { LogLevel } from './levels.ts'
import { createLog, type LogFormat } from './logger.ts'

function capture(format: LogFormat, level: LogLevel = 'info') {
  const written: string[] = []
  const log = createLog({ format, level, colours: false, write: (text) => written.push(text) })
  return { ...log, text: () => written.join('') }
}

describe('JSON log', () => {
  it('is one object a line with time, level, msg and the event', () => {
    const { logger, text } = capture('json')
    logger.child({ channel: 'fake' }).warn({ event: 'account.state', accountId: 'a' }, 'two\nlines')
    expect(text().match(/\n/g)).toHaveLength(1)
    const { time, ...line } = JSON.parse(text())
    expect(new Date(time).toISOString()).toBe(time)
    expect(line).toEqual({
      level: 'warn',
      channel: 'fake',
      event: 'account.state',
      accountId: 'a',
      msg: 'two\nlines',
    })
  })

  it('keeps quiet below its level', () => {
    const { logger, text } = capture('json', 'warn')
    logger.info({}, 'not this')
    logger.error({}, 'this')
    expect(text()).not.toContain('not this')
    expect(text()).toContain('this')
  })

  it('shows no secret: not in a message, not in an error, its stack or cause, not in a child', () => {
    const { logger, redactor, text } = capture('json')
    redactor.register('correct horse')
    const error = new Error('said correct horse', { cause: new Error('battery correct horse') })
    logger
      .child({ tag: 'correct horse' })
      .error({ err: error, url: 'http://x/?q=correct%20horse' }, 'correct horse')
    expect(text()).not.toMatch(/correct.{1,3}horse/)
  })
})

describe('human log', () => {
  it('is a short line with the fields that matter', () => {
    const { logger, text } = capture('human')
    logger.info({ event: 'x', accountId: 'home', reason: 'two words', n: 3 }, 'Account is online')
    expect(text()).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d info {2}Account is online account=home reason="two words" n=3\n$/,
    )
  })

  it('says of an account its state and the reason in one sentence, and of a message who wrote it once', () => {
    const { logger, text } = capture('human')
    const account = { channel: 'wechat', accountId: 'home' }
    const state = { event: 'account.state', state: 'scan', reason: 'scan the QR code', nextAction: 'scan' }
    logger.info({ ...account, ...state }, 'Account is not logged in')
    const ann = 'o9Ann@im.wechat'
    logger.info(
      { ...account, messageId: '7', conversation: ann, sender: ann, action: 'drop' },
      'Message received',
    )
    expect(text()).toContain('info  Account is not logged in: scan the QR code account=wechat/home\n')
    expect(text()).toContain(
      'info  Message received account=wechat/home sender=o9Ann@im.wechat action=drop\n',
    )
  })

  it('gives the message of an error and no stack', () => {
    const { logger, text } = capture('human')
    logger.error({ err: new Error('no route') }, 'Failed')
    expect(text()).toContain('error="no route"')
    expect(text()).not.toContain('at ')
  })

  it('draws what is meant for the terminal and disarms what is not', () => {
    const { logger, text } = capture('human')
    logger.info({ terminal: '█▀█\n█▄█', label: '\u001b[2Jgone' }, 'Scan\r\nthis')
    expect(text()).toContain('\n█▀█\n█▄█\n')
    expect(text()).not.toContain('\u001b')
    expect(text()).not.toContain('\r')
  })
})

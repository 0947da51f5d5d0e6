import type { AccountStatus } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { createLog } from '../log/logger.ts'
import { AccountLog } from './account-log.ts'

const hourMs = 60 * 60_000
const scan: AccountStatus = {
  accountId: 'a',
  puppet: 'p',
  state: 'scan',
  sinceMs: 0,
  reason: 'scan the QR code with WeChat',
  nextAction: 'scan',
}

function stage(drawn = true) {
  const lines: Record<string, unknown>[] = []
  const clock = { nowMs: 0 }
  const { logger } = createLog({ format: 'json', write: (line) => void lines.push(JSON.parse(line)) })
  const log = new AccountLog({ log: logger, drawn, now: () => clock.nowMs })
  let codes = 0
  /** As a puppet does that nobody scans. */
  const newCode = () => {
    const url = `https://example.com/${++codes}`
    log.state({ ...scan, qr: url })
    log.qr({ type: 'qr', accountId: 'a', url, terminal: '█▀█' })
    log.state(scan)
  }
  const shown = () => lines.filter(({ event }) => event === 'account.qr')
  return { log, lines, clock, newCode, shown }
}

describe('the log of an account', () => {
  it('draws the first code that nobody scans, then shows links', () => {
    const { newCode, shown } = stage()
    for (let i = 0; i < 3; i++) newCode()
    expect(shown()).toMatchObject([
      { terminal: '█▀█' },
      { url: 'https://example.com/2' },
      { url: 'https://example.com/3' },
    ])
    expect(shown().filter(({ terminal }) => terminal !== undefined)).toHaveLength(1)
  })

  it('has a few dozen lines a day for an account that nobody scans', () => {
    const { clock, newCode, lines } = stage()
    for (; clock.nowMs < 24 * hourMs; clock.nowMs += 30_000) newCode()
    expect(lines.length).toBeLessThan(40)
    expect(lines.at(-1)?.msg).toContain('channels login')
  })

  it('draws again after a login', () => {
    const { log, newCode, shown } = stage()
    newCode()
    newCode()
    log.state({ ...scan, state: 'online', reason: 'logged in' })
    log.state({ ...scan, state: 'logged-out', reason: 'the session has expired' })
    newCode()
    expect(shown().map(({ terminal }) => terminal !== undefined)).toEqual([true, false, true])
  })

  it('draws nothing for programs', () => {
    const { newCode, shown } = stage(false)
    newCode()
    expect(shown()).toMatchObject([{ url: 'https://example.com/1' }])
    expect(shown()[0]).not.toHaveProperty('terminal')
  })

  it('has one line for a state and its reason, however often it is reported', () => {
    const { log, lines } = stage()
    for (const reason of ['lost', 'lost', 'tried again'])
      log.state({ ...scan, state: 'reconnecting', reason })
    expect(lines.map(({ reason }) => reason)).toEqual(['lost', 'tried again'])
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn'])
  })
})

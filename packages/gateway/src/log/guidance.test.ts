import { describe, expect, it } from 'vitest'
import { englishSpeech } from '../language/speech.ts'
import { speechIn } from '../language/speech-in.ts'
import { guide } from './guidance.ts'

const scan = { event: 'account.qr', accountId: 'home', url: 'https://x', terminal: '█▀█' }
const online = { event: 'account.state', accountId: 'home', state: 'online', nextAction: 'none' }

describe('below a log line', () => {
  it('is what to do with a QR code that is drawn, and nothing for a link alone', () => {
    const next = guide(englishSpeech)
    expect(next(scan)).toMatch(/^Scan this code with WeChat/)
    expect(next({ ...scan, terminal: undefined })).toBeUndefined()
  })

  it('is the command that asks for the digits', () => {
    const line = { event: 'account.state', accountId: 'home', state: 'scan', nextAction: 'enter-code' }
    expect(guide(englishSpeech)(line)).toBe('enter the digits: moltbot channels login --account home')
  })

  it('is that one may write, once, to the account that was scanned', () => {
    const next = guide(englishSpeech)
    expect(next(online)).toBeUndefined()
    next(scan)
    expect(next({ ...online, accountId: 'work' })).toBeUndefined()
    expect(next(online)).toContain('Now write to the bot in WeChat')
    expect(next(online)).toBeUndefined()
  })

  it('is where to see who got a code', () => {
    expect(guide(englishSpeech)({ event: 'message.decided', action: 'pair' })).toContain(
      'moltbot pairing list',
    )
    expect(guide(englishSpeech)({ event: 'message.decided', action: 'dispatch' })).toBeUndefined()
  })

  it('is in the language of the person', async () => {
    expect(guide(await speechIn('zh'))(scan)).toMatch(/^请用微信扫描二维码/)
  })
})

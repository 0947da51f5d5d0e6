import { describe, expect, it } from 'vitest'
import { LoginWire } from '../wire/client.ts'
import type { Http } from '../wire/http.ts'
import { type LoginProgress, qrLogin, redirectedBase, stepFor } from './qr-login.ts'

/** A login against scripted answers, on a clock that sleeping moves. */
const login = async (statuses: (object | 'fail')[], more: { ask?: () => Promise<string> } = {}) => {
  const stop = new AbortController()
  const progress: LoginProgress[] = []
  const polls: string[] = []
  let nowMs = 0
  let codes = 0
  const answer = (body: object) => ({ status: 200, headers: {}, body: JSON.stringify(body) })
  const http: Http = async (url) => {
    if (url.pathname.endsWith('get_bot_qrcode')) {
      codes += 1
      return answer({ ret: 0, qrcode: `q${codes}`, qrcode_img_content: `https://scan/${codes}` })
    }
    polls.push(`${url.searchParams}`)
    const status = statuses.shift()
    if (status === undefined) stop.abort()
    if (status === 'fail') throw new Error('connection lost')
    return answer(status ?? {})
  }
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
    },
  }
  const result = await qrLogin(
    {
      wire: new LoginWire({ http, random: Math.random, botAgent: 'Test/1' }),
      baseUrl: 'https://login',
      localTokens: [],
      askVerifyCode: () => more.ask,
      onProgress: (step) => void progress.push(step),
      clock,
      random: () => 1,
    },
    stop.signal,
  )
  return { result, polls, kinds: progress.map(({ kind }) => kind).filter((kind) => kind !== 'poll') }
}

const wait = { status: 'wait' }

describe('the QR login', () => {
  it('renews an unscanned code before it expires', async () => {
    const { polls, kinds } = await login(Array.from({ length: 120 }, () => wait))
    expect(new Set(polls)).toEqual(new Set(['qrcode=q1', 'qrcode=q2']))
    expect(polls.filter((poll) => poll === 'qrcode=q1').length).toBe(110)
    expect(kinds).toEqual(['code', 'expired', 'code'])
  })

  it('does not renew a scanned code early, but not indefinitely either', async () => {
    const { polls } = await login(Array.from({ length: 320 }, () => ({ status: 'scaned' })))
    expect(polls.filter((poll) => poll === 'qrcode=q1').length).toBe(300)
  })

  it('continues after a failed poll', async () => {
    const confirmed = { status: 'confirmed', ilink_bot_id: 'b@im.bot', bot_token: 't', ilink_user_id: 'u' }
    const { result } = await login(['fail', 'fail', confirmed])
    expect(result).toEqual({ kind: 'confirmed', botId: 'b@im.bot', token: 't', userId: 'u' })
  })

  it('begins again when a confirmation has no bot id', async () => {
    const { polls, kinds } = await login([{ status: 'confirmed', bot_token: 't' }, wait])
    expect(polls.slice(0, 2)).toEqual(['qrcode=q1', 'qrcode=q2'])
    expect(kinds).toEqual(['code', 'problem', 'code'])
  })

  it('sends the verification code until it is accepted, also after a lost connection', async () => {
    const asked: string[] = []
    const ask = async () => {
      asked.push('asked')
      return '42'
    }
    const { polls } = await login([{ status: 'need_verifycode' }, 'fail', { status: 'scaned' }, wait], {
      ask,
    })
    expect(polls.slice(0, 4)).toEqual([
      'qrcode=q1',
      'qrcode=q1&verify_code=42',
      'qrcode=q1&verify_code=42',
      'qrcode=q1',
    ])
    expect(asked).toEqual(['asked'])
  })

  it('waits when a status is unknown', () => {
    expect(stepFor({ status: 'from the future' })).toEqual({ kind: 'wait' })
    expect(stepFor({})).toEqual({ kind: 'wait' })
  })
})

it.each([
  ['other.weixin.qq.com', 'https://other.weixin.qq.com'],
  ['other.weixin.qq.com:8443', 'https://other.weixin.qq.com:8443'],
  ['user@evil.example', 'https://login'],
  ['evil.example/path', 'https://login'],
  ['http://evil.example', 'https://login'],
  ['', 'https://login'],
  [undefined, 'https://login'],
])('a redirect to %s polls %s', (host, base) => {
  expect(redirectedBase('https://login', host)).toBe(base)
})

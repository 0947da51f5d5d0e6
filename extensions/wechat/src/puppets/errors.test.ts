import { describe, expect, it } from 'vitest'
import { describeError, FloodGate, secretsIn, withoutSecrets } from './errors.ts'

const stack = '\n    at navigate (/opt/puppeteer/FrameManager.js:156:23)\n    at async Page.goto (Page.js:1)'

describe('an error of a puppet', () => {
  it.each([
    [
      `2 UNKNOWN: Error: net::ERR_NAME_NOT_RESOLVED at https://wx.qq.com?lang=zh_CN&target=t${stack}`,
      'wx.qq.com cannot be reached (net::ERR_NAME_NOT_RESOLVED)',
    ],
    [
      'net::ERR_TIMED_OUT at https://127.0.0.1:8443/',
      '127.0.0.1:8443 cannot be reached (net::ERR_TIMED_OUT)',
    ],
    ['net::ERR_ABORTED at https://', 'net::ERR_ABORTED at https://'],
    [
      'waiting for function failed: timeout 60000ms exceeded',
      'the page that opened is not the login page (waiting for function failed: timeout 60000ms exceeded)',
    ],
    ['16 UNAUTHENTICATED: who is it?', '16 UNAUTHENTICATED: who is it?'],
    [`Error: Failed to launch!\n\n[0101] no display${stack}`, 'Failed to launch! [0101] no display'],
  ])('%j is described as %j', (message, described) => {
    expect(describeError(new Error(message))).toBe(described)
  })

  it('is cut to 500 characters', () => {
    expect(describeError('x'.repeat(10_000))).toHaveLength(500)
  })
})

describe('secrets', () => {
  it('are found by their keys, at any depth', () => {
    const options = {
      token: 'a',
      uos: true,
      tls: { serverName: 'b' },
      proxy: { password: 'c', credentials: [{ x: 'd' }] },
    }
    expect(secretsIn({ ...options, apiKey: '', timeoutSeconds: 5, none: null })).toEqual(['a', 'c', 'd'])
  })

  it('are all taken out of a text', () => {
    expect(withoutSecrets('Invalid TOKEN "t_1": t_1, t_2', ['t_1', 't_2'])).toBe(
      'Invalid TOKEN "[redacted]": [redacted], [redacted]',
    )
  })
})

describe('a source that repeats itself', () => {
  it('is logged once a minute for each message, with the number of those left out', () => {
    let nowMs = 0
    const gate = new FloodGate(() => nowMs)
    expect(gate.pass('a')).toEqual({ leftOut: 0 })
    expect(gate.pass('a')).toBeUndefined()
    expect(gate.pass('a')).toBeUndefined()
    expect(gate.pass('b')).toEqual({ leftOut: 2 })
    nowMs = 60_000
    expect(gate.pass('a')).toEqual({ leftOut: 0 })
  })

  it('passes only so many different messages a minute', () => {
    let nowMs = 0
    const gate = new FloodGate(() => nowMs)
    const passed = Array.from({ length: 1_000 }, (_, n) => gate.pass(`error ${n}`)).filter(Boolean)
    expect(passed).toHaveLength(20)
    nowMs = 60_000
    expect(gate.pass('another')).toEqual({ leftOut: 980 })
  })
})

import { expect, it } from 'vitest'
import { complaintOf } from './complaint.ts'

const stack = '\n    at navigate (/opt/puppeteer/FrameManager.js:156:23)\n    at async Page.goto (Page.js:1)'

it.each([
  [
    `2 UNKNOWN: Error: net::ERR_NAME_NOT_RESOLVED at https://wx.qq.com?lang=zh_CN&target=t${stack}`,
    'wx.qq.com cannot be reached (net::ERR_NAME_NOT_RESOLVED)',
  ],
  ['net::ERR_TIMED_OUT at https://127.0.0.1:8443/', '127.0.0.1:8443 cannot be reached (net::ERR_TIMED_OUT)'],
  ['net::ERR_ABORTED at https://', 'net::ERR_ABORTED at https://'],
  [
    'waiting for function failed: timeout 60000ms exceeded',
    'the page that opened is not the one to log in on (waiting for function failed: timeout 60000ms exceeded)',
  ],
  ['16 UNAUTHENTICATED: who is it?', '16 UNAUTHENTICATED: who is it?'],
  [`Error: Failed to launch!\n\n[0101] no display${stack}`, 'Failed to launch! [0101] no display'],
])('%j is told as %j', (said, told) => {
  expect(complaintOf(new Error(said))).toBe(told)
})

it('is never long', () => {
  expect(complaintOf('x'.repeat(10_000))).toHaveLength(500)
})

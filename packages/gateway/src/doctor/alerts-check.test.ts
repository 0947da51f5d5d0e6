import { describe, expect, it } from 'vitest'
import { alertsSchema } from '../config/alerts-schema.ts'
import { type AlertsCheck, alertsFindings } from './alerts-check.ts'

const found = (config: object, more: Partial<AlertsCheck> = {}) =>
  alertsFindings({
    alerts: alertsSchema.parse(config),
    isWritten: true,
    accounts: new Map([
      ['home', true],
      ['shop', true],
      ['old', false],
    ]),
    path: '/usr/bin:/bin',
    ...more,
  }).map(({ status, message }) => `${status}: ${message}`)
const way = (one: object) => found({ to: [one] })

const wecom = {
  type: 'webhook',
  url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k3y',
  template: 'wecom',
}
const email = {
  type: 'email',
  smtp: 'smtps://u:pw@smtp.example.com',
  from: 'a@example.com',
  to: 'b@example.com',
}

describe('alerts', () => {
  it('are fine without any, and doubtful with everything but a way', () => {
    expect(found({}, { isWritten: false })).toEqual(['ok: no alerts are configured'])
    expect(found({ afterSeconds: 5 })).toEqual([expect.stringMatching(/^warning: .*alerts\.to is empty/)])
  })

  it('name their ways, without keys', () => {
    expect(found({ to: [wecom, email, { type: 'command', command: 'sh' }] })).toEqual([
      'ok: alerts go to wecom (qyapi.weixin.qq.com), b@example.com, sh',
    ])
  })

  it.each([
    [{ ...wecom, template: 'json' }, /^problem: .*robot of wecom/],
    [{ ...wecom, url: 'https://open.feishu.cn/open-apis/bot/v2/hook/k3y' }, /^problem: .*robot of feishu/],
    [{ ...wecom, secret: 'k3y' }, /^warning: .*secret has no effect/],
    [{ type: 'webhook', url: 'http://hooks.example.com/k3y' }, /^warning: .*not encrypted/],
    [{ type: 'command', command: 'no-such-program-here' }, /^problem: .*no program "no-such-program-here"/],
    [{ type: 'command', command: '/etc/passwd' }, /^problem: .*no program/],
    [{ ...email, to: 'nobody' }, /^problem: .*"nobody" is no e-mail address/],
    [{ ...email, smtp: 'smtp:///x' }, /^problem: .*smtp names no host/],
    [{ type: 'account', accountId: 'hmoe', to: 'me' }, /^problem: .*there is no account "hmoe"/],
    [{ type: 'account', accountId: 'old', to: 'me' }, /^problem: .*account "old" is disabled/],
  ])('are looked at: %j', (one, message) => {
    const [finding, ...others] = way(one)
    expect(finding).toMatch(message)
    expect(others).toEqual([])
    expect(finding).not.toMatch(/k3y|pw@/)
  })

  it.each([
    { type: 'webhook', url: 'http://127.0.0.1:8080/' },
    { type: 'webhook', url: 'http://ntfy/topic', template: 'ntfy' },
    { type: 'webhook', url: 'https://relay.example.com/', template: 'wecom' },
    { type: 'account', accountId: 'shop', to: 'me' },
  ])('may go to %j', (one) => expect(way(one)).toEqual([expect.stringMatching(/^ok: /)]))

  it('through the only account do not tell of that account', () => {
    const to = [{ type: 'account', accountId: 'home', to: 'me' }]
    const accounts = new Map([['home', true]])
    expect(found({ to }, { accounts })).toEqual([expect.stringMatching(/^warning: .*only account/)])
    expect(found({ to: [...to, email] }, { accounts })).toEqual([expect.stringMatching(/^ok: /)])
  })
})

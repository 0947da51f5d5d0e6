import { describe, expect, it } from 'vitest'
import { accountIds, configIssues, findAccount, hostAccount, validConfig } from './config.ts'
import type { OpenClawConfig } from './host-api.ts'
import { peerId } from './ids.ts'
import { groupPolicy } from './plugin.ts'
import { noTools } from './prompt.ts'

type DmScope = NonNullable<NonNullable<OpenClawConfig['session']>['dmScope']>
const cfg = (wechat?: unknown, dmScope: DmScope = 'per-account-channel-peer') => ({
  channels: { wechat },
  session: { dmScope },
})
const tools = (groups: object) => findAccount(cfg({ puppet: 'service', groups }), 'default')

describe('channels.wechat in OpenClaw', () => {
  it('has one account without accounts', () => {
    expect(accountIds(cfg({ puppet: 'ilink' }))).toEqual(['default'])
    expect(hostAccount(cfg({ puppet: 'ilink' }), undefined)).toMatchObject({
      accountId: 'default',
      enabled: true,
    })
  })

  it('finds an account whose id the host has folded', () => {
    expect(hostAccount(cfg({ accounts: { Shop: { enabled: false } } }), 'shop')).toMatchObject({
      accountId: 'Shop',
      enabled: false,
    })
  })

  it.each([
    [undefined, [], 'channels.wechat is missing'],
    [{ dmPolicy: 'bogus' }, ['default'], 'channels.wechat.dmPolicy'],
    [{ accounts: { a: { nope: 1 } } }, ['a'], 'channels.wechat.accounts.a'],
    [{ mentionPatterns: ['('] }, ['default'], 'channels.wechat.mentionPatterns'],
  ])('says at its accounts what is wrong with %j', (wechat, ids, problem) => {
    expect(accountIds(cfg(wechat))).toEqual(ids)
    expect(hostAccount(cfg(wechat), ids[0]).problem).toContain(problem)
    expect(configIssues(cfg(wechat)).join()).toContain(problem)
    expect(() => validConfig(cfg(wechat))).toThrow(problem)
  })

  it('says when people share one session', () => {
    const issues = (dmScope?: DmScope) =>
      configIssues({ ...cfg({ puppet: 'ilink' }, dmScope), ...(dmScope ? {} : { session: {} }) })
    expect(issues('main').join()).toContain('session.dmScope')
    expect(issues().join()).toContain('session.dmScope')
    expect(issues('per-peer').join()).not.toContain('session.dmScope')
  })
})

describe('the tools of a group that OpenClaw asks for by itself', () => {
  it.each<[object, string, object]>([
    [{ room1: { tools: ['read'] } }, 'room1', { allow: ['read'] }],
    [{ Room1: { tools: ['read'] } }, peerId('Room1'), { allow: ['read'] }],
    [{ room1: { tools: [] } }, 'room1', noTools],
    [{ '*': { tools: { deny: ['exec'] } } }, 'other', { deny: ['exec'] }],
    [{ room1: {} }, 'room1', {}],
  ])('with %j in %s are %j', (groups, group, policy) => {
    expect(groupPolicy(tools(groups), group, 'u1')).toEqual(policy)
  })

  it('are none without an account', () => {
    expect(groupPolicy(undefined, 'room1', 'u1')).toEqual(noTools)
  })
})

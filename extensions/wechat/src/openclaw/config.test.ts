import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accountIds, configIssues, findAccount, hostAccount, UsableConfig, validConfig } from './config.ts'
import type { OpenClawConfig } from './host-api.ts'
import { testedVersions } from './host-version.ts'
import { peerId } from './ids.ts'
import { groupPolicy } from './plugin.ts'
import { noTools } from './prompt.ts'

type DmScope = NonNullable<NonNullable<OpenClawConfig['session']>['dmScope']>
const cfg = (wechat?: unknown, dmScope: DmScope = 'per-account-channel-peer') => ({
  channels: { wechat },
  session: { dmScope },
})
const tested = testedVersions.newest
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
    expect(configIssues(cfg(wechat), tested).join()).toContain(problem)
    expect(() => validConfig(cfg(wechat))).toThrow(problem)
  })

  it('says when people share one session', () => {
    const issues = (dmScope?: DmScope) =>
      configIssues({ ...cfg({ puppet: 'ilink' }, dmScope), ...(dmScope ? {} : { session: {} }) }, tested)
    expect(issues('main').join()).toContain('session.dmScope')
    expect(issues().join()).toContain('session.dmScope')
    expect(issues('per-peer').join()).not.toContain('session.dmScope')
  })
})

describe('an invalid configuration', () => {
  const valid = cfg({ accounts: { a: { puppet: 'ilink' } } })
  const invalid = cfg({ accounts: { a: { dmPolicy: 'bogus' }, b: {} } })

  it('is refused where there was no valid one', () => {
    const usable = new UsableConfig()
    expect(() => usable.take(invalid, 'a')).toThrow('accounts.a.dmPolicy')
    expect(usable.has('a')).toBe(false)
  })

  it('leaves the accounts of the valid one before it with that one', () => {
    const usable = new UsableConfig()
    const before = usable.take(valid, 'a')
    expect(usable.take(invalid, 'a')).toBe(before)
    expect(usable.has('a')).toBe(true)
    expect(() => usable.take(invalid, 'b')).toThrow('accounts.a.dmPolicy')
    expect(usable.take(cfg({ puppet: 'service' }), 'default')).toMatchObject({ puppet: 'service' })
  })
})

it('warns of a host that is newer than the tests', () => {
  expect(configIssues(cfg({ puppet: 'ilink' }), '2099.1.1').join()).toContain('2099.1.1 is newer')
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

it('has no default in the schema for the host, which would write it into each account', () => {
  const manifest = readFileSync(join(import.meta.dirname, '../../openclaw.plugin.json'), 'utf8')
  expect(manifest).toContain('"dmPolicy"')
  expect(manifest).not.toContain('"default":')
})

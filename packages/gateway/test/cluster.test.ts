/**
 * Three gateways on one PostgreSQL, each with a control plane of its own: what any of them shows and does.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../test/support/postgres.ts'
import { connectGateway } from '../src/control/client.ts'
import { startGateway } from '../src/gateway.ts'
import type { Gateway } from '../src/gateway-types.ts'
import { createLog } from '../src/log/logger.ts'
import fakePlugin from './fake-extension/src/index.ts'
import { scratch } from './scratch.ts'
import { settingsWith } from './settings.ts'

const fake: ChannelPlugin = fakePlugin
const patience = { timeout: 20_000 }
const ids = ['a', 'b', 'c', 'd', 'e', 'f']
const accounts = Object.fromEntries(ids.map((id) => [id, 'online']))

class Member {
  readonly name: string
  readonly lines: string[] = []
  gateway: Gateway | undefined
  config: object = { accounts }
  configHash = 'same'
  readonly stateDir = scratch()

  constructor(name: string) {
    this.name = name
  }

  async start(url: string): Promise<void> {
    const log = createLog({ format: 'json', write: (line) => this.lines.push(line) })
    const loadSettings = async () => ({
      ...settingsWith(this.config),
      database: { url },
      cluster: { name: this.name, weight: 1, leaseMs: 3_000, configHash: this.configHash },
    })
    this.gateway = await startGateway({ stateDir: this.stateDir, log, plugins: [fake], loadSettings })
  }

  get client() {
    return connectGateway(this.stateDir)
  }

  events(name: string) {
    return this.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name)
  }

  /** Accounts that it serves, by its own word. */
  async served(): Promise<string[]> {
    const { accounts } = await this.client.call('status')
    return accounts.flatMap(({ accountId, gateway }) => (gateway === this.name ? [accountId] : []))
  }
}

describe.skipIf(withoutPostgres)(`Several gateways${postgresNote}`, () => {
  let members: Member[]
  let url: string

  beforeEach(async () => {
    url = await emptyDatabase()
    members = ['one', 'two', 'three'].map((name) => new Member(name))
    for (const member of members) await member.start(url)
    await vi.waitFor(everythingServed, patience)
  })
  afterEach(async () => {
    await Promise.all(members.map(({ gateway }) => gateway?.stop({ deadlineMs: 500 })))
  })

  const live = () => members.filter(({ gateway }) => gateway !== undefined)

  /** Every live gateway shows every account online, and at the same gateway. */
  async function everythingServed(): Promise<void> {
    const shown = await Promise.all(live().map(({ client }) => client.call('status')))
    for (const { accounts, cluster } of shown) {
      expect(accounts.map(({ state }) => state)).toEqual(ids.map(() => 'online'))
      expect(cluster?.gateways).toHaveLength(live().length)
    }
    const [first, ...others] = shown.map(({ accounts }) => accounts.map(({ gateway }) => gateway))
    for (const other of others) expect(other).toEqual(first)
  }

  /** An account, the gateway that serves it, and one that does not. */
  async function place() {
    for (const holder of live()) {
      const [accountId] = await holder.served()
      const other = live().find((one) => one !== holder)
      if (accountId !== undefined && other !== undefined) return { accountId, holder, other }
    }
    throw new Error('no account is served')
  }

  it('serve each account once, and any of them shows and reaches all', async () => {
    const served = await Promise.all(members.map((member) => member.served()))
    expect(served.flat().toSorted()).toEqual(ids)
    const { accountId, holder, other } = await place()
    expect(await other.client.call('account', { accountId })).toMatchObject({ accountId, state: 'online' })
    expect(await other.client.call('send', { accountId, to: 'someone', text: 'hello' })).toMatchObject({
      status: 'sent',
    })
    expect(holder.events('fake.answer')).toMatchObject([{ accountId, to: 'someone' }])
    expect(other.events('fake.answer')).toEqual([])
    const { accounts } = await other.client.call('probe')
    expect(accounts.map((one) => one.accountId).toSorted()).toEqual(ids)
    expect(accounts.every(({ answers }) => answers)).toBe(true)
  })

  it('refuse what cannot reach the holder, and hand on its own refusals', async () => {
    const { accountId, holder, other } = await place()
    await expect(other.client.call('send', { accountId, to: 'x', media: '/etc/hostname' })).rejects.toThrow(
      `gateway ${holder.name} serves the account`,
    )
    await expect(other.client.call('send', { accountId: 'nobody', to: 'x', text: 'x' })).rejects.toThrow(
      'no account "nobody"',
    )
  })

  it('stop an account until it is started, at whichever gateway it is asked for', async () => {
    const { accountId, holder, other } = await place()
    await other.client.call('changeAccount', { accountId, action: 'stop' })
    expect(await holder.client.call('account', { accountId })).toMatchObject({ state: 'idle' })
    await holder.gateway?.stop({ deadlineMs: 500 })
    holder.gateway = undefined
    await vi.waitFor(async () => {
      const [survivor] = live()
      const { accounts } = await (survivor ?? holder).client.call('status')
      const states = accounts.map((one) => [one.accountId, one.state])
      expect(states).toEqual(ids.map((id) => [id, id === accountId ? 'idle' : 'online']))
    }, patience)
    await other.client.call('changeAccount', { accountId, action: 'start' })
    await vi.waitFor(everythingServed, patience)
  })

  it('hand the accounts of one over that is drained, and give some back', async () => {
    const { holder } = await place()
    const before = await holder.served()
    expect(await holder.client.call('drain', {})).toEqual({ status: 'draining' })
    await vi.waitFor(async () => expect(await holder.served()).toEqual([]), patience)
    await vi.waitFor(everythingServed, patience)
    expect((await holder.client.call('status')).healthy).toBe(true)
    await holder.client.call('drain', { draining: false })
    await vi.waitFor(async () => expect(await holder.served()).toEqual(before), patience)
  })

  it('take over what a gateway served that ends, at once', async () => {
    const { holder } = await place()
    await holder.gateway?.stop()
    holder.gateway = undefined
    await vi.waitFor(everythingServed, patience)
    for (const member of live()) expect(member.events('cluster.expelled')).toEqual([])
  })

  it('say that one uses another configuration', async () => {
    const [one, two] = members
    if (one === undefined || two === undefined) throw new Error('there are three')
    two.configHash = 'another'
    await two.gateway?.reload()
    const sentence = 'gateway two uses another configuration than this one'
    await vi.waitFor(async () => {
      const { problems, cluster } = await one.client.call('status')
      expect(problems).toContain(sentence)
      expect(cluster?.gateways.find(({ name }) => name === 'two')).toMatchObject({ hasSameConfig: false })
      expect(one.events('cluster.config-differs')).toHaveLength(1)
    }, patience)
  })

  it('take an account on that the configuration gets, once each of them knows it', async () => {
    for (const member of members) {
      member.config = { accounts: { ...accounts, g: 'online' } }
      await member.gateway?.reload()
    }
    await vi.waitFor(async () => {
      const served = await Promise.all(members.map((member) => member.served()))
      expect(served.flat().toSorted()).toEqual([...ids, 'g'])
    }, patience)
  })
})

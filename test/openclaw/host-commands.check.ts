/**
 * What an operator does to a running gateway of OpenClaw: changes of the configuration, logins, and the commands that show
 * what is wrong. One gateway for all of it, in this order.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/process.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

const slowMs = 60_000

describe('an operator of OpenClaw', () => {
  let host: OpenClaw
  const bots: Record<string, string> = {}
  const channel = ['--channel', 'wechaty']
  const ownerOf = (account: string) => `oOwnerOf${account}@im.wechat`

  const accounts: Record<string, object> = { a: {}, b: { dms: { oAnn: {} }, groups: { '*': {} } } }
  const configure = (root: object = {}) => {
    // What all accounts have stands at the channel, so that it is seen whether it reaches them.
    const { puppetOptions } = host.backend
    host.configure({ puppet: 'ilink', puppetOptions, dmPolicy: 'open', allowFrom: ['*'], accounts }, root)
  }

  /** Waits for the log to have `text` after what it has now, or after what it had before `work`. */
  const logs = async (text: RegExp, work: () => unknown = () => {}) => {
    const before = host.log().length
    await work()
    return until(() => host.log().slice(before).match(text) ?? undefined, host.log, slowMs)
  }
  const scan = async (url: string, account: string) => {
    const { botId } = await host.backend.scanAndConfirm(url, ownerOf(account))
    bots[account] = botId
  }
  const codeOf = (account: string) => {
    const pattern = new RegExp(`WeChat for ${account}: (\\S+)`, 'g')
    return until(() => [...host.log().matchAll(pattern)].at(-1)?.[1], host.log, slowMs)
  }
  /** How often the bot of an account was started so far. */
  const startsOf = async (account: string) => {
    const requests = await host.backend.control.requests()
    return requests.filter(({ endpoint, botId }) => endpoint === 'notifystart' && botId === bots[account])
      .length
  }
  /** Writes to an account, which has to answer. */
  const answers = async (account: string, text: string) => {
    const botId = bots[account] ?? ''
    await host.backend.control.inbound({ botId, text: `say "${text}"`, from: ownerOf(account) })
    const isAnswered = async () => (await host.backend.replies(botId)).includes(text) || undefined
    await until(isAnswered, host.log, slowMs)
  }
  const json = async (...args: string[]) => {
    const { output } = await host.run(...args)
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1))
  }
  const rpc = (method: string, params: object) =>
    json('gateway', 'call', method, '--json', '--params', JSON.stringify({ channel: 'wechaty', ...params }))

  beforeAll(async () => {
    host = await openClawStage({ reply: ({ messages }) => lastSaid(messages) })
    accounts.broken = { puppet: 'wechaty-puppet-missing' }
    configure({ session: { dmScope: 'main' } })
    await host.start()
  })
  afterAll(() => host?.close())

  it('reads at start what is wrong, and what will not do what it seems to', async () => {
    await until(() => /broken is failed: .*/.exec(host.log())?.[0], host.log, slowMs)
    expect(host.log()).toContain('session.dmScope is "main"')
    configure()
    expect(host.log()).toMatch(
      /not installed; install it with: npm install --prefix \S+moltbot wechaty-puppet-missing/,
    )
  })

  it('gets a code by RPC, whose login goes on although the host stops the account for it', async () => {
    await scan(await codeOf('a'), 'a')
    const first = await rpc('web.login.start', { accountId: 'b' })
    expect(first.qrDataUrl).toMatch(/^data:image\/png/)
    await scan(first.qrText, 'b')
    expect(await rpc('web.login.wait', { accountId: 'b', timeoutMs: slowMs })).toMatchObject({
      connected: true,
    })
    await Promise.all([answers('a', 'hello a'), answers('b', 'hello b')])
  })

  it('sees good accounts beside a broken one, and the warnings', async () => {
    const { code, output } = await host.run('channels', 'status', '--probe')
    expect(code).toBe(0)
    expect(output).toMatch(/\) a: enabled, configured.*connected.*dm:open, works/)
    expect(output).toMatch(/\) b: enabled, configured.*connected.*works/)
    expect(output).toMatch(
      /\) broken: .*error:puppet "wechaty-puppet-missing" is not installed.*probe failed/,
    )
    // Only what was written can be warned of.
    expect(output).not.toContain('streamMode')
  })

  it('changes one account, and the others keep their connection', async () => {
    const [a, b] = [await startsOf('a'), await startsOf('b')]
    accounts.a = { historyLimit: 3 }
    await logs(/a is online/, () => configure())
    // The backend is told of the start after the login.
    await until(async () => (await startsOf('a')) === a + 1 || undefined, host.log, slowMs)
    expect(await startsOf('b')).toBe(b)
    await Promise.all([answers('a', 'after a change'), answers('b', 'not changed')])
  })

  it('makes a mistake, and the accounts run on', async () => {
    const [a, b] = [await startsOf('a'), await startsOf('b')]
    accounts.a = { mentionPatterns: ['('] }
    await logs(/channels\.wechat\.accounts\.a\.mentionPatterns.*[Ii]nvalid/, () => configure())
    await Promise.all([answers('a', 'with a mistake'), answers('b', 'with it, too')])
    const { output } = await host.run('channels', 'status')
    expect(output).toMatch(
      /\) a: enabled, configured.*mentionPatterns.*last valid configuration.*running, connected/,
    )
    expect(output).toMatch(/Warnings:[\s\S]*channels\.wechat\.accounts\.a\.mentionPatterns/)
    accounts.a = { dmPolicy: 'bogus' }
    await logs(/config reload skipped .*accounts\.a\.dmPolicy/, () => configure())
    accounts.a = { historyLimit: 3 }
    await logs(/config hot reload applied/, () => configure())
    await Promise.all([answers('a', 'without a mistake'), answers('b', 'without it, too')])
    expect([await startsOf('a'), await startsOf('b')]).toEqual([a, b])
  })

  it('adds, removes, disables and enables accounts', async () => {
    const b = await startsOf('b')
    const { broken: _, ...good } = accounts
    for (const id of Object.keys(accounts)) delete accounts[id]
    Object.assign(accounts, good, { d: {} })
    await logs(/WeChat for d: /, () => configure())
    accounts.d = { enabled: false }
    accounts.a = { enabled: false }
    await logs(/config hot reload applied/, () => configure())
    await answers('b', 'alone')
    const stops = async () =>
      (await host.backend.control.requests()).some(
        ({ endpoint, botId }) => endpoint === 'notifystop' && botId === bots.a,
      ) || undefined
    await until(stops, host.log, slowMs)
    delete accounts.d
    accounts.a = {}
    await logs(/a is online/, () => configure())
    await answers('a', 'enabled again')
    expect(await startsOf('b')).toBe(b)
  })

  it('logs an account out, and in again from the terminal while the gateway runs', async () => {
    const out = await host.run('channels', 'logout', ...channel, '--account', 'a')
    expect(out.output).toContain('Cleared saved auth for wechaty/a')
    const login = host.begin('channels', 'login', ...channel, '--account', 'a')
    const [url = ''] = await until(
      () => /https?:\/\/\S*qrcode=\S+/.exec(login.stdout()) ?? undefined,
      () => login.stdout() + login.stderr(),
      slowMs,
    )
    expect(login.stdout()).toMatch(/[▀▄█]{10}/)
    await scan(url, 'a')
    expect(await login.exited, login.stdout() + login.stderr()).toBe(0)
    expect(login.stdout()).toContain('Logged in.')
    await answers('a', 'in again')
    await answers('b', 'never away')
  })

  it('looks up people, groups and the bot itself', async () => {
    const [self, peers, groups, plugins] = await Promise.all([
      host.run('directory', 'self', ...channel, '--account', 'b'),
      host.run('directory', 'peers', 'list', ...channel, '--account', 'b'),
      host.run('directory', 'groups', 'list', ...channel, '--account', 'b'),
      host.run('plugins', 'list', '--json'),
    ])
    expect(self.code).toBe(0)
    expect(peers.output).toContain('oAnn')
    expect(groups.output).toContain('No groups found')
    expect(plugins.output).toContain('"wechaty"')
  })

  it('finds nothing wrong with the plugin, and what is wrong with the configuration by doctor', async () => {
    configure({ session: { dmScope: 'main' } })
    const [plugins, all] = await Promise.all([
      host.run('plugins', 'doctor'),
      host.run('doctor', '--non-interactive'),
    ])
    expect(plugins.output).toContain('checks passed')
    expect(all.output.replace(/[\s│]+/g, ' ')).toContain('session.dmScope is "main"')
    configure()
  })

  it('disables the plugin, and enables it again without a new login', async () => {
    const stops = await host.run('plugins', 'disable', 'wechaty')
    expect(stops.code, stops.output).toBe(0)
    await logs(/b is online/, () => host.run('plugins', 'enable', 'wechaty'))
    await Promise.all([answers('a', 'enabled'), answers('b', 'enabled, too')])
  })

  it('logs out without a gateway', async () => {
    await host.stop()
    const again = await host.run('channels', 'login', ...channel, '--account', 'a')
    expect(again.output).toContain('Logged in.')
    const out = await host.run('channels', 'logout', ...channel, '--account', 'a')
    expect(out.output).toContain('Cleared saved auth for wechaty/a')
  })
})

/** What the newest message asks to say. The host adds blocks of its own before and after it. */
function lastSaid(messages: readonly { readonly text: string }[]): string {
  const asked = [
    ...messages
      .map(({ text }) => text)
      .join('\n')
      .matchAll(/say "([^"]*)"/g),
  ]
  return asked.at(-1)?.[1] ?? 'nothing'
}

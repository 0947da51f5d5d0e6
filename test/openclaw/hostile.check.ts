/**
 * OpenClaw ends with the first error that nobody waits for. Here one account throws and rejects from everywhere, and the
 * gateway and the other account must not notice.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/process.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

const slowMs = 120_000
const owner = 'oOwner@im.wechat'

describe('beside a hostile account', () => {
  let host: OpenClaw
  let botId = ''
  const logged = (text: RegExp) => until(() => host.log().match(text) ?? undefined, host.log, slowMs)
  const answers = async (text: string) => {
    await host.backend.control.inbound({ botId, text: `say "${text}"`, from: owner })
    const isAnswered = async () => (await host.backend.replies(botId)).includes(text) || undefined
    await until(isAnswered, host.log, slowMs)
  }

  beforeAll(async () => {
    host = await openClawStage({
      register: join(import.meta.dirname, 'hostile-plugin.ts'),
      reply: ({ messages }) => {
        const asked = [
          ...messages
            .map(({ text }) => text)
            .join('\n')
            .matchAll(/say "([^"]*)"/g),
        ]
        return asked.at(-1)?.[1] ?? 'nothing'
      },
    })
    installHostilePackage(join(host.stateDir, 'moltbot'))
    const { puppetOptions } = host.backend
    const open = { dmPolicy: 'open', allowFrom: ['*'] }
    host.configure({
      accounts: {
        good: { puppet: 'ilink', puppetOptions, ...open },
        hostile: { puppet: 'mock', ...open },
        foreign: { puppet: 'wechaty-puppet-hostile', ...open },
      },
    })
    await host.start()
    const [, url = ''] = await logged(/WeChat for good: (\S+)/)
    botId = (await host.backend.scanAndConfirm(url, owner)).botId
  })
  afterAll(() => host?.close())

  it('the gateway lives, and the other account answers during and after all attacks', async () => {
    await logged(/hostile is online/)
    await answers('during the attacks')
    await logged(/hostile attacked/)
    await answers('after the attacks')
    await logged(/hostile sends hostile answers/)
  })

  it('a hostile package fails in its own process', async () => {
    await logged(/foreign is (?:reconnecting|failed): .*hostile/)
    await answers('beside a hostile package')
  })

  it('commands get the errors', async () => {
    const account = ['--channel', 'wechaty', '--account', 'hostile']
    const [probe, send, logout] = await Promise.all([
      host.run('channels', 'status', '--probe'),
      host.run('message', 'send', ...account, '--target', 'alice', '--message', 'refuse this'),
      host.run('channels', 'logout', ...account),
    ])
    expect(probe.output).toMatch(/\) good: .*works/)
    expect(probe.output).toMatch(/\) hostile: .*probe failed/)
    expect(send.code, send.output).not.toBe(0)
    expect(logout.output).toContain('hostile: logout')
    await answers('after the commands')
  })
})

/** A puppet that throws as soon as it is imported, and once more from a timer. */
function installHostilePackage(folder: string): void {
  const to = join(folder, 'node_modules', 'wechaty-puppet-hostile')
  mkdirSync(to, { recursive: true })
  const manifest = { name: 'wechaty-puppet-hostile', version: '1.0.0', type: 'module', exports: './index.js' }
  writeFileSync(join(to, 'package.json'), JSON.stringify(manifest))
  const code = `setTimeout(() => { throw new Error('hostile timer') }, 10)\nthrow new Error('hostile import')`
  writeFileSync(join(to, 'index.js'), code)
}

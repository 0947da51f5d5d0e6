/**
 * Two plugins for one and the same host, backend and model: ours, and Tencent's.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/workspaces.ts'
import { until } from '../../support/process.ts'
import { folder } from '../folders.ts'
import { type OpenClaw, openClawStage } from '../stage.ts'

export interface Side {
  readonly name: 'moltbot' | 'tencent'
  /** The gateway runs, and its account is online. */
  start(options: { readonly moments: string }): Promise<Running>
}

export interface Running {
  readonly host: OpenClaw
  readonly botId: string
  readonly person: string
}

const person = 'oPerson@im.wechat'
const register = join(import.meta.dirname, 'timed-plugin.ts')
const tencentPackage = join(folder, 'node_modules', '@tencent-weixin', 'openclaw-weixin')

/** An answer names the messages that it answers, or is as long as a message wishes. */
const reply = ({ messages }: { messages: readonly { role: string; text: string }[] }) => {
  const question = messages.findLast(
    ({ role, text }) => role === 'user' && !text.startsWith('<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>'),
  )
  const [, length] = /write (\d+) characters/.exec(question?.text ?? '') ?? []
  if (length !== undefined) return longText(Number(length))
  return `answer to ${(question?.text.match(/#\d+/g) ?? []).join(' ')}`
}

const ours: Side = {
  name: 'moltbot',
  async start({ moments }) {
    const plugin = join(root, 'extensions/wechat/dist/openclaw/plugin.js')
    const env = { BENCH_PLUGIN: plugin, BENCH_MOMENTS: moments }
    const host = await openClawStage({ register, env, reply })
    host.configure({ puppet: 'ilink', puppetOptions: host.backend.puppetOptions })
    await host.start()
    const url = await until(() => /https?:\/\/\S*qrcode=[^"\s]+/.exec(host.log())?.[0], host.log, 60_000)
    const { botId } = await host.backend.scanAndConfirm(url, person)
    return { host, botId, person }
  },
}

const tencent: Side = {
  name: 'tencent',
  async start({ moments }) {
    const env = { BENCH_PLUGIN: join(tencentPackage, 'dist', 'index.js'), BENCH_MOMENTS: moments }
    const id = 'openclaw-weixin'
    const manifest = join(tencentPackage, 'openclaw.plugin.json')
    const host = await openClawStage({ register, env, reply, plugin: { id, section: id, manifest } })
    const { control, puppetOptions } = host.backend
    const { botId, token } = await control.account({ userId: person })
    // As its login leaves it behind; its QR host is fixed to Tencent's own.
    const accountId = botId.replace(/[^a-z0-9_-]+/g, '-')
    const accounts = join(host.stateDir, id, 'accounts')
    mkdirSync(accounts, { recursive: true })
    writeFileSync(join(accounts, '..', 'accounts.json'), JSON.stringify([accountId]))
    const account = { token, baseUrl: puppetOptions.baseUrl, userId: person }
    writeFileSync(join(accounts, `${accountId}.json`), JSON.stringify(account))
    host.configure({ accounts: { [accountId]: { cdnBaseUrl: puppetOptions.cdnBaseUrl } } })
    await host.start()
    return { host, botId, person }
  },
}

export const sides: readonly Side[] = [ours, tencent]

/** Waits until the bot polls again after `seq`, a number of the recorded requests. */
export async function polling({ host: { backend, log } }: Running, seq: number): Promise<void> {
  const look = async () => {
    const requests = await backend.control.requests({ after: seq })
    return requests.find(({ endpoint }) => endpoint === 'getupdates')
  }
  await until(look, log, 120_000)
}

export function longText(length: number): string {
  const sentences = Array.from({ length: Math.ceil(length / 20) }, (_, n) => `Sentence number ${n}. `)
  return sentences
    .join('')
    .slice(0, length - 1)
    .concat('!')
}

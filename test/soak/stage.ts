/**
 * The stage of a soak: a gateway in a process of its own, its accounts, the model and the iLink backend around it.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { docx, paragraph } from '../../packages/gateway/test/documents.ts'
import { type Backend, startBackend, textOf } from '../support/backend.ts'
import { configWith } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import { installSteered } from '../support/steered.ts'
import {
  chatOnILink,
  type ILinkAccount,
  iLinkAccount,
  type Kind,
  type SoakAccount,
  type SteeredAccount,
  steeredAccount,
} from './accounts.ts'
import { Books } from './books.ts'
import { Ledger } from './ledger.ts'
import { answerOf, toolServer, workspaceFile } from './model.ts'
import type { Sample } from './probe.ts'

/** How many accounts there are of each kind. */
export type Cast = Readonly<Record<Kind, number>>

export interface Stage {
  readonly accounts: readonly SoakAccount[]
  readonly steered: readonly SteeredAccount[]
  readonly onILink: readonly ILinkAccount[]
  readonly backend: Backend
  readonly model: ModelServer
  readonly ledger: Ledger
  readonly books: Books
  readonly home: GatewayHome
  readonly gateway: RunningGateway
  /** Saves a configuration, of which `changes` replaces what is there. */
  configure(changes: Tuning): void
  /** Saves a file that is no configuration. */
  spoilConfig(): void
  /** What the gateway holds now. */
  sample(): Promise<Sample>
  close(): Promise<void>
}

/** What reloads change. */
export interface Tuning {
  readonly systemPrompt?: string
  readonly toolEnv?: string
  readonly textChunkLimit?: number
  /** Settings of single accounts, by id. */
  readonly accounts?: Readonly<Record<string, object>>
}

const oddServer = fileURLToPath(new URL('../../packages/gateway/test/mcp/odd-server.ts', import.meta.url))
/** Of stalled turns. */
const turnTimeoutSeconds = 20
const startMs = 120_000
const sampleMs = 30_000
const document = Buffer.from(docx(paragraph('A report.'))).toString('base64')

export async function openStage(cast: Cast): Promise<Stage> {
  const ledger = new Ledger()
  const backend = await startBackend()
  // Sends, and how much a day long: other suites have limits of the backend for their subject.
  await backend.control.settings({ quota: 1_000_000 })
  const model = await startModelServer({ reply: (request) => answerOf(ledger, request) })
  const onILink = await Promise.all(
    named('ilink', cast.ilink).map((id) => iLinkAccount(id, ledger, backend, document)),
  )
  const steered = await Promise.all(
    (['mock', 'blocks', 'child'] as const).flatMap((kind) =>
      named(kind, cast[kind]).map((id) => steeredAccount(id, kind, ledger, document)),
    ),
  )
  const accounts = [...steered, ...onILink]
  let tuning: Tuning = {}
  const config = () => configOf(model.baseUrl, accounts, tuning)
  const home = openHome(config())
  const samples = join(home.folder, 'samples.jsonl')
  writeFileSync(samples, '')
  const gateway = home.startWith({ SOAK_SAMPLES: samples })
  const listening = listen(backend, onILink, ledger)
  const close = async () => {
    listening.abort()
    await home.dispose()
    for (const account of steered) account.close()
    await Promise.all([backend.close(), model.close()])
  }
  try {
    await until(() => allOnline(gateway, accounts), gateway.stderr, startMs)
  } catch (error) {
    await close()
    throw error
  }
  const books = new Books(join(home.stateDir, 'wechat', 'wechat.sqlite'))
  return {
    accounts,
    steered,
    onILink,
    backend,
    model,
    ledger,
    books,
    home,
    gateway,
    configure(changes) {
      tuning = { ...tuning, ...changes, accounts: { ...tuning.accounts, ...changes.accounts } }
      home.configure(config())
    },
    spoilConfig: () => writeFileSync(home.configPath, '{ channels: '),
    async sample() {
      const before = readFileSync(samples, 'utf8').length
      gateway.kill('SIGUSR2')
      const line = await until(() => completeLine(samples, before), gateway.stderr, sampleMs)
      return JSON.parse(line)
    },
    async close() {
      books.close()
      await close()
    },
  }
}

const named = (kind: Kind, count: number) => Array.from({ length: count }, (_, n) => `${kind}-${n}`)

function completeLine(file: string, from: number): string | undefined {
  const text = readFileSync(file, 'utf8').slice(from)
  return text.endsWith('\n') ? text : undefined
}

function allOnline(gateway: RunningGateway, accounts: readonly SoakAccount[]): true | undefined {
  const online = gateway.lines().filter(({ event, state }) => event === 'account.state' && state === 'online')
  return new Set(online.map(({ accountId }) => accountId)).size === accounts.length || undefined
}

function openHome(config: object): GatewayHome {
  const env = { NODE_OPTIONS: '--conditions=@moltbot/source' }
  const home = new GatewayHome(config, env, 'test/soak/gateway.ts')
  installSteered(home.folder)
  const workspace = join(home.stateDir, 'workspace')
  mkdirSync(workspace, { recursive: true, mode: 0o700 })
  writeFileSync(join(workspace, workspaceFile), 'a report')
  return home
}

function configOf(modelBaseUrl: string, accounts: readonly SoakAccount[], tuning: Tuning): object {
  const { systemPrompt = 'You answer.', toolEnv = '', textChunkLimit = 2_048 } = tuning
  const wechat = {
    dmPolicy: 'open',
    allowFrom: ['*'],
    limits: { turnsPerHour: 0 },
    // Children are killed more often than a puppet may fail.
    puppetLimits: { restartsPerHour: 1_000 },
    textChunkLimit,
    accounts: Object.fromEntries(
      accounts.map(({ id, settings }) => [id, { ...settings, ...tuning.accounts?.[id] }]),
    ),
  }
  const tools = { command: process.execPath, args: [oddServer], env: { SECRET: toolEnv } }
  return {
    ...configWith(modelBaseUrl, wechat),
    agents: { defaults: { model: { primary: 'fake/fake-1' }, turnTimeoutSeconds, systemPrompt } },
    messages: { inbound: { debounceMs: 100 } },
    mcp: { servers: { [toolServer]: tools } },
  }
}

/** Takes down what people on iLink receive, until it is aborted. */
function listen({ control }: Backend, accounts: readonly ILinkAccount[], ledger: Ledger): AbortController {
  const ended = new AbortController()
  const ids = new Map(accounts.map(({ botId, id }) => [botId, id]))
  const follow = async () => {
    let after = 0
    while (!ended.signal.aborted) {
      for (const { seq, botId, to, items, media } of await control.sent({ after, waitMs: 5_000 })) {
        after = seq
        const chat = chatOnILink(ids.get(botId) ?? botId, to)
        if (media === undefined) ledger.receiveText(chat, textOf(items))
        else ledger.receiveFile(chat, media.name)
      }
    }
  }
  follow().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error
  })
  return ended
}

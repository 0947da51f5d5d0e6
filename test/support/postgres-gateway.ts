/**
 * A gateway whose state is in a private PostgreSQL cluster, with the simulated iLink and a model: what tests of a failing
 * database have in common.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { type Backend, startBackend } from './backend.ts'
import { configOf } from './config.ts'
import { GatewayHome, type RunningGateway } from './gateway.ts'
import { type Cluster, type ClusterOptions, startCluster } from './postgres.ts'
import { until } from './process.ts'

const owner = 'o9Owner@im.wechat'
/** Of the role `moltbot`, which owns the database `moltbot`. */
export const password = 'pw-never-printed'
/** For a cluster where everybody but the administrator needs a password. */
export const passwordRules = ['local all postgres trust', 'local all moltbot scram-sha-256']
const answerMs = 60_000
/** Makes a question long, and is not repeated in its answer. */
export const padding = ' and so on'

export interface StatusOfGateway {
  readonly url: string
  readonly healthy: boolean
  readonly problems: readonly string[]
}

export class PostgresGateway {
  readonly backend: Backend
  readonly model: ModelServer
  readonly cluster: Cluster
  readonly home: GatewayHome

  private constructor(backend: Backend, model: ModelServer, cluster: Cluster) {
    this.backend = backend
    this.model = model
    this.cluster = cluster
    this.home = new GatewayHome(this.#config({ url: this.url() }))
  }

  /** @param prepare before the database is made. @returns what follows `OWNER moltbot` in its statement */
  static async open(
    options: ClusterOptions = {},
    prepare: (cluster: Cluster) => Promise<string> = async () => '',
  ): Promise<PostgresGateway> {
    const cluster = await startCluster({ hba: passwordRules, ...options })
    const backend = await startBackend()
    const model = await startModelServer({
      reply: ({ lastUserText, messages }) =>
        `answer ${messages.length} to ${lastUserText.replaceAll(padding, '')}`,
    })
    await cluster.execute(`CREATE ROLE moltbot LOGIN PASSWORD '${password}'`)
    await cluster.execute(`CREATE DATABASE moltbot OWNER moltbot ${await prepare(cluster)}`)
    return new PostgresGateway(backend, model, cluster)
  }

  url(secret = password): string {
    return `${this.cluster.url('moltbot', 'moltbot')}&password=${secret}`
  }

  /** @param state of the configuration */
  configure(state: object): void {
    this.home.configure(this.#config(state))
  }

  #config(state: object): object {
    return { ...configOf(this.backend, this.model.baseUrl, { alpha: {} }), state }
  }

  async status(): Promise<StatusOfGateway> {
    return JSON.parse((await this.home.moltbot('gateway', 'status', '--json')).stdout)
  }

  /** What `readyz` answers with. */
  async readiness(): Promise<number> {
    return (await fetch(`${(await this.status()).url}/readyz`)).status
  }

  healthy(): Promise<true> {
    return until(async () => (await this.status()).healthy || undefined, undefined, answerMs)
  }

  async logIn(gateway: RunningGateway): Promise<string> {
    const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
    const { botId } = await this.backend.scanAndConfirm(String(url), owner)
    await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
    return botId
  }

  async ask(botId: string, text: string): Promise<string> {
    await this.backend.control.inbound({ botId, text })
    return this.answerTo(botId, text)
  }

  answerTo(botId: string, text: string): Promise<string> {
    return until(
      async () => (await this.backend.replies(botId)).find((reply) => reply.endsWith(` to ${text}`)),
      undefined,
      answerMs,
    )
  }

  /** How often each of these texts is in an answer, also in one to several messages. */
  async answersTo(botId: string, texts: readonly string[]): Promise<number[]> {
    const all = (await this.backend.replies(botId)).join('\n')
    return texts.map((text) => all.split(text).length - 1)
  }

  async close(): Promise<void> {
    await this.home.dispose()
    this.cluster.stop()
    await Promise.all([this.backend.close(), this.model.close()])
  }
}

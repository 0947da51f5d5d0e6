/**
 * Accounts with misbehaving puppets, each with its own random decisions, in one channel with one store and an agent that is
 * slow and sometimes fails.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Channel, type ChannelHost, type Logger, MoltbotError, type Turn } from '@moltbot/channel-sdk'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import { type WechatConfig, wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { ChaosPuppet } from './chaos-puppet.ts'
import { ChaosWorld, people } from './chaos-world.ts'
import type { Dice } from './dice.ts'

export interface Actor {
  readonly accountId: string
  readonly world: ChaosWorld
  readonly dice: Dice
  /** The puppet of the current attempt. */
  puppet: ChaosPuppet | undefined
  /** Simulates the end of the process that hosts the puppet. */
  kill: () => void
}

export interface ChaosStage {
  readonly channel: Channel<WechatConfig>
  readonly actors: readonly Actor[]
  /** The turns that contained a message, by account and message. */
  readonly turnsOf: ReadonlyMap<string, ReadonlySet<string>>
  /** Path of the database with the journal and the outbox. */
  readonly storeFile: string
  /** Changes the settings of one account. */
  configure(accountId: string, settings: object): Promise<unknown>
  close(): Promise<void>
}

export interface Cast {
  readonly accountId: string
  readonly dice: Dice
  /** Whether the puppets of the account never misbehave. */
  readonly calm?: boolean
}

export interface Pace {
  /** Longest time of the agent for an answer. */
  readonly answerMs: number
  readonly debounceMs: number
}

export async function openChaos(cast: readonly Cast[], { answerMs, debounceMs }: Pace): Promise<ChaosStage> {
  const stateDir = mkdtempSync(join(tmpdir(), 'moltbot-chaos-'))
  const actors = cast.map(({ accountId, dice, calm = false }): Actor => {
    const world = new ChaosWorld(dice.chance(0.5))
    world.calm = calm
    return { accountId, world, dice, puppet: undefined, kill: () => undefined }
  })
  const actor = (id: string): Actor => {
    const found = actors.find(({ accountId }) => accountId === id)
    if (found === undefined) throw new Error(`no account ${id}`)
    return found
  }
  const turnsOf = new Map<string, Set<string>>()
  const host = chaosHost(stateDir, debounceMs, async (turn, signal) => {
    for (const { id } of turn.messages) {
      const key = `${turn.accountId} ${id}`
      turnsOf.set(key, (turnsOf.get(key) ?? new Set()).add(turn.id))
    }
    const { dice } = actor(turn.accountId)
    await sleep(dice.below(answerMs), undefined, { signal })
    return dice.chance(0.05)
  })
  const accounts: Record<string, object> = Object.fromEntries(actors.map(({ accountId }) => [accountId, {}]))
  const configNow = () =>
    wechatConfigSchema.parse({ puppet: 'mock', dmPolicy: 'open', replyLanguage: 'en', accounts })
  const channel = await createChannel(host, configNow(), {
    createPuppet: async ({ id }) => {
      const { world, dice } = actor(id)
      const { promise: died, resolve } = Promise.withResolvers<MoltbotError>()
      const puppet = new ChaosPuppet(world, dice)
      Object.assign(actor(id), {
        puppet,
        kill: () => resolve(new MoltbotError('puppet-exited', 'killed', { retryable: true })),
      })
      return { puppet, died }
    },
  })
  await Promise.all(actors.map(({ accountId }) => channel.startAccount(accountId)))
  return {
    channel,
    actors,
    turnsOf,
    configure: (accountId, settings) => {
      accounts[accountId] = settings
      return channel.reconfigure(configNow())
    },
    storeFile: join(host.stateDir, 'wechat.sqlite'),
    close: async () => {
      await channel.stop({ deadlineMs: 5_000 })
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

/** Users write one message after the other, regardless of the state of their puppet. */
export async function write(actor: Actor, count: number, everyMs: number): Promise<void> {
  const { world, dice, accountId } = actor
  for (let n = 0; n < count; n++) {
    // Messages to a bot that is offline are not tested.
    while (actor.puppet?.isLoggedIn !== true) await sleep(everyMs)
    actor.puppet.tell(world.write(`${accountId}-${n}`, dice.pick(people), `text ${n}`, dice.chance(0.3)))
    await sleep(dice.below(2 * everyMs))
  }
}

/** @param think resolves with whether the agent fails */
function chaosHost(
  stateDir: string,
  debounceMs: number,
  think: (turn: Turn, signal: AbortSignal) => Promise<boolean>,
): ChannelHost {
  const silent: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    child: () => silent,
  }
  /** A turn that runs again has the same answer. */
  const numbers = new Map<string, number>()
  return {
    stateDir: join(stateDir, 'wechat'),
    debounceMs,
    mediaWaitMs: 0,
    progressAfterMs: 0,
    log: silent,
    pairing: { isApproved: async () => true, request: async () => ({ status: 'full' }) },
    async *runTurn(turn, signal) {
      const number = numbers.get(turn.id) ?? numbers.size + 1
      numbers.set(turn.id, number)
      const text = `answer #${number} of ${turn.id}`
      const notice = { en: text, 'zh-CN': text }
      if (await think(turn, signal)) throw new MoltbotError('agent-failed', 'the agent failed', { notice })
      yield { text }
    },
    resetSession: async () => undefined,
    report: () => undefined,
    registerSecret: () => undefined,
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { type Http, PuppetILink, type StateStore } from '../src/index.ts'
import { MemoryState } from '../src/store/memory-state.ts'
import { setStage } from './stage.ts'

/** When a run is stopped, and which of its calls never comes back. */
interface Case {
  /** Number of the call to the backend or the store at which the stop begins. */
  stopAt: number
  /** Name of the calls that hang, signal or not. */
  hangs: string | undefined
  /** What ends the first session: the owner, or the backend. */
  ending: 'logout' | '-14'
  /** Begins with a stored login, not with a QR code. */
  isStored: boolean
}

const credentials = JSON.stringify({ botId: 'b@im.bot', userId: 'u@im.wechat', token: 't', savedAt: '' })

/** One puppet against a backend and a store that count every call. */
class Run {
  readonly #case: Case
  readonly #state = new MemoryState()
  readonly #hanging: (() => void)[] = []
  readonly puppet: PuppetILink
  /** Names of the calls so far. */
  readonly calls: string[] = []
  /** Events that only a running session emits. */
  readonly events: string[] = []
  #isStopping = Promise.withResolvers<void>()
  #statuses = 0
  #polls = 0

  constructor(one: Case) {
    this.#case = one
    if (one.isStored)
      void this.#state.write([{ kind: 'credentials', key: 'login', value: credentials, atMs: 1 }])
    const clock = {
      now: systemClock.now,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 1_000, signal),
    }
    const options = { baseUrl: 'http://backend', loginBaseUrl: 'http://backend' }
    this.puppet = new PuppetILink(options, { http: this.#http, state: this.#store(), clock })
    this.puppet.on('error', () => undefined)
    for (const event of ['scan', 'login', 'ready', 'message', 'heartbeat'] as const) {
      this.puppet.on(event, () => void this.events.push(event))
    }
    this.puppet.on('message', ({ messageId }) => void this.#answer(messageId))
  }

  /** Resolves when the puppet was stopped, at the latest when the run has come to its end. */
  async live(): Promise<void> {
    const started = this.puppet.start().catch(() => undefined)
    await Promise.race([this.#isStopping.promise, systemClock.sleep(1_500)])
    await this.puppet.stop()
    await started
  }

  /** Lets every call that hangs come back. */
  release(): void {
    for (const resume of this.#hanging) resume()
  }

  async #answer(messageId: string): Promise<void> {
    if (messageId !== '5') return
    const { puppet } = this
    await puppet.conversationTyping('u@im.wechat', true)
    await puppet.sendText('u@im.wechat', 'answer', { clientId: 'c' }).catch(() => undefined)
    await puppet.messageQuote(messageId).catch(() => undefined)
    if (this.#case.ending === 'logout') await puppet.logout().catch(() => undefined)
  }

  async #step(name: string): Promise<void> {
    this.calls.push(name)
    if (this.calls.length === this.#case.stopAt) this.#isStopping.resolve()
    if (this.#case.hangs === name) await new Promise<void>((resolve) => this.#hanging.push(resolve))
    await setImmediate()
  }

  #http: Http = async ({ pathname }, _, { signal }) => {
    const name = pathname.split('/').at(-1) ?? ''
    await this.#step(name)
    return { status: 200, headers: {}, body: await this.#body(name, signal) }
  }

  async #body(name: string, signal: AbortSignal): Promise<string> {
    if (name === 'get_bot_qrcode') return '{"ret":0,"qrcode":"q","qrcode_img_content":"x"}'
    if (name === 'get_qrcode_status') return this.#status()
    if (name === 'getupdates') return await this.#updates(signal)
    return '{"ret":0,"message_id":7,"typing_ticket":"t"}'
  }

  #status(): string {
    this.#statuses += 1
    if (this.#statuses % 3 !== 0) return '{"status":"scaned"}'
    return '{"status":"confirmed","ilink_bot_id":"b@im.bot","bot_token":"t","ilink_user_id":"u@im.wechat"}'
  }

  async #updates(signal: AbortSignal): Promise<string> {
    this.#polls += 1
    const message = '{"message_id":5,"from_user_id":"u@im.wechat","context_token":"c","item_list":[]}'
    if (this.#polls === 1) return `{"ret":0,"msgs":[${message}],"get_updates_buf":"1"}`
    if (this.#polls === 2 && this.#case.ending === '-14') {
      await systemClock.sleep(50, signal)
      return '{"ret":-14}'
    }
    await systemClock.sleep(60_000, signal)
    return '{"ret":0}'
  }

  #store(): StateStore {
    const state = this.#state
    const step = (name: string) => this.#step(name)
    return {
      async get(kind, keys) {
        await step(`get ${kind}`)
        return await state.get(kind, keys)
      },
      async list(kind, page) {
        await step(`list ${kind}`)
        return await state.list(kind, page)
      },
      async write(changes) {
        await step(`write ${changes[0]?.kind}`)
        await state.write(changes)
      },
      async prune(kind, limits) {
        await step(`prune ${kind}`)
        await state.prune(kind, limits)
      },
      close: () => state.close(),
    }
  }
}

/** Runs the cases side by side, so that their waits are shared. @returns what went on after the stops */
const afterStops = async (cases: readonly Case[]) => {
  const runs = cases.map((one) => new Run(one))
  const before = await Promise.all(
    runs.map(async (run) => {
      await run.live()
      expect(run.puppet.state.inactive()).toBe(true)
      return { calls: run.calls.length, events: run.events.length }
    }),
  )
  for (const run of runs) run.release()
  await systemClock.sleep(300)
  return runs.flatMap((run, n) => {
    const calls = run.calls.slice(before[n]?.calls)
    const events = run.events.slice(before[n]?.events)
    return calls.length + events.length === 0 ? [] : [{ ...cases[n], calls, events }]
  })
}

const endings: Case['ending'][] = ['logout', '-14']
const undisturbed = endings.flatMap((ending) =>
  [true, false].map((isStored): Case => ({ stopAt: 0, hangs: undefined, ending, isStored })),
)

/** The cases that `make` gives for every call of an undisturbed run. */
const casesFor = async (make: (call: string, n: number, calls: string[]) => Partial<Case>[]) => {
  const cases = undisturbed.map(async (one) => {
    const run = new Run(one)
    await run.live()
    expect(run.calls).toEqual(
      expect.arrayContaining(['getupdates', 'write pending', 'sendmessage', 'notifystart']),
    )
    const calls = run.calls.slice(0, 80)
    return calls.flatMap((call, n) => make(call, n, calls)).map((change): Case => ({ ...one, ...change }))
  })
  return (await Promise.all(cases)).flat()
}

it('nothing runs after a stop, whichever call it interrupts', { timeout: 120_000 }, async () => {
  const cases = await casesFor((_, n) => [{ stopAt: n + 1 }])
  expect(await afterStops(cases)).toEqual([])
})

it('a stop resolves, and nothing runs after it, whichever call hangs', { timeout: 120_000 }, async () => {
  // Once at the first call that hangs, once when everything else has gone as far as it can.
  const cases = await casesFor((hangs, n, calls) =>
    calls.indexOf(hangs) === n ? [{ hangs, stopAt: n + 1 }, { hangs }] : [],
  )
  expect(await afterStops(cases)).toEqual([])
})

it('a stopped puppet leaves no timer and no socket that would keep its process alive', async () => {
  const stage = await setStage({ holdMs: 60_000 })
  const { token, botId } = await stage.control.account()
  const child = new URL('stopping-child.ts', import.meta.url).pathname
  const folder = join(await stage.folder(), 'state')
  const args = ['--conditions=@moltbot/source', child, stage.url, folder, token, botId]
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  expect(await once(running, 'exit')).toEqual([0, null])
  expect((await stage.control.sent()).length).toBe(1)
})

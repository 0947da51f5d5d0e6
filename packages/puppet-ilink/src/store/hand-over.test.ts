import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Clock, systemClock } from '../clock.ts'
import { Session } from '../session.ts'
import { BotWire, LoginWire, type WireOptions } from '../wire/client.ts'
import { Acknowledger } from './acknowledger.ts'
import type { CredentialStore } from './credentials.ts'
import { inMemory, openDatabase } from './database.ts'
import { MessageStore } from './message-store.ts'

/** One life of a process, from start to crash or stop. */
interface Life {
  /** Messages that arrive in it. */
  arrivals: number
  /** Which hand-overs fail, by their number in this life. */
  throwsAt: number[]
  /** Which messages that were handed over are acknowledged (manual mode), by position. */
  acks: number[]
  /** Has the acknowledgement reached the disk when the process crashes? */
  flushed: boolean
  end: 'crash' | 'stop'
  /** Answers repeat up to this many messages from before the cursor. */
  repeats: number
}

const life: fc.Arbitrary<Life> = fc.record({
  arrivals: fc.nat(5),
  throwsAt: fc.array(fc.nat(8), { maxLength: 3 }),
  acks: fc.array(fc.nat(12), { maxLength: 6 }),
  flushed: fc.boolean(),
  end: fc.constantFrom('crash', 'stop'),
  repeats: fc.nat(3),
})

const credentials: CredentialStore = {
  load: async () => ({ credentials: { botId: 'b@im.bot', userId: 'u', token: 't', savedAt: '' } }),
  save: async () => undefined,
}

/** The backend and the disk, which outlive every process. */
class World {
  readonly database = openDatabase(inMemory, 0).database
  readonly sent: string[] = []
  /** Handed over to a consumer that did not throw. */
  readonly taken = new Set<string>()
  /** Handed over although it was done with. */
  readonly tooOften: string[] = []
  /** Acknowledged, and known to be on disk. */
  readonly done = new Set<string>()
  readonly #manual: boolean

  constructor(manual: boolean) {
    this.#manual = manual
  }

  /** @returns what was handed over in this life, in order */
  async live({ arrivals, throwsAt, acks, flushed, end, repeats }: Life): Promise<string[]> {
    for (let n = 0; n < arrivals; n += 1) this.sent.push(String(2n ** 60n + BigInt(this.sent.length)))
    const stop = new AbortController()
    const handed: string[] = []
    let alive = true
    const store = new MessageStore(this.database)
    const acknowledger = new Acknowledger((ids) => {
      if (!alive) return
      store.acknowledge(ids)
      for (const id of ids) this.done.add(id)
    })
    const acknowledge = (id: string) => acknowledger.add(id)
    const session = this.#session(store, acknowledge, stop, repeats, (id) => {
      // Not asserted here: the session would take the error for the consumer's.
      if (this.done.has(id)) this.tooOften.push(id)
      const takes = !throwsAt.includes(handed.length)
      if (takes) this.taken.add(id)
      handed.push(id)
      return takes
    })
    await session.restore()
    await session.run(stop.signal)
    const acknowledged = this.#manual ? handed.filter((_, position) => acks.includes(position)) : []
    for (const id of acknowledged) if (this.taken.has(id)) acknowledge(id)
    // A crash takes with it what the acknowledger still holds.
    alive = end === 'stop' || flushed
    acknowledger.flush()
    return handed
  }

  #session(
    store: MessageStore,
    acknowledge: (id: string) => void,
    stop: AbortController,
    repeats: number,
    message: (id: string) => boolean,
  ) {
    const clock: Clock = { now: () => Date.now(), sleep: () => systemClock.sleep(0) }
    const wire: WireOptions = { fetch: this.#backend(stop, repeats), random: Math.random, botAgent: 'Test/1' }
    return new Session({
      credentials,
      store,
      loginWire: new LoginWire(wire),
      botWire: ({ token }, onSessionExpired) =>
        new BotWire({ ...wire, baseUrl: 'http://backend', token, onSessionExpired }),
      askVerifyCode: () => undefined,
      acknowledge,
      onMinorFailure: () => undefined,
      events: {
        progress: () => undefined,
        login: () => undefined,
        ready: () => undefined,
        logout: async () => undefined,
        message,
        heartbeat: () => undefined,
        problem: (error) => {
          throw error
        },
        farewell: async () => undefined,
      },
      clock,
      random: Math.random,
      loginBaseUrl: 'http://backend',
      localTokens: [],
      token: undefined,
      manualAck: this.#manual,
    })
  }

  /** Answers with what comes after the cursor, some of it twice; ends the life when there is nothing more. */
  #backend(stop: AbortController, repeats: number): typeof fetch {
    return async (input, init) => {
      if (!String(input).endsWith('getupdates')) return Response.json({ ret: 0 })
      const cursor = Number(JSON.parse(String(init?.body)).get_updates_buf || 0)
      if (cursor >= this.sent.length) stop.abort()
      const batch = this.sent.slice(Math.max(0, cursor - repeats), cursor + 3)
      const messages = batch.map((id) => `{"message_id": ${id}, "from_user_id": "u", "item_list": []}`)
      const next = Math.min(this.sent.length, cursor + 3)
      return new Response(`{"ret": 0, "msgs": [${messages}], "get_updates_buf": "${next}"}`)
    }
  }
}

const quietLife: Life = { arrivals: 0, throwsAt: [], acks: [], flushed: false, end: 'stop', repeats: 0 }

it.each([true, false])(
  'every message is handed over, and never again once it is done with (manual: %s)',
  async (manual) => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
        const world = new World(manual)
        for (const one of [...lives, quietLife]) {
          const doneBefore = new Set(world.done)
          const handed = await world.live(one)
          const due = world.sent.filter((id) => !doneBefore.has(id))
          expect(handed, 'each life is handed what is not done with, once and in order').toEqual(due)
        }
        expect(world.tooOften, 'what is done with is not handed over').toEqual([])
        expect([...world.taken], 'nothing is lost').toEqual(expect.arrayContaining(world.sent))
      }),
      { numRuns: 150 },
    )
  },
)

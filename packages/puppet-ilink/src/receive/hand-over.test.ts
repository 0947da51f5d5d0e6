import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { Session } from '../session.ts'
import type { CredentialStore } from '../store/credentials.ts'
import { Entries } from '../store/entries.ts'
import { MemoryState } from '../store/memory-state.ts'
import { MessageStore } from '../store/messages.ts'
import { SendWindows } from '../store/windows.ts'
import { BotWire, LoginWire, type WireOptions } from '../wire/client.ts'
import type { Http } from '../wire/http.ts'

/** One life of a process, from start to crash or stop. */
interface Life {
  /** Messages that arrive in it. */
  arrivals: number
  /** Which hand-overs fail, by their number in this life. */
  throwsAt: number[]
  /** Which messages that were handed over are acknowledged (manual mode), by position. */
  acks: number[]
  /** Are the acknowledgements stored when the process ends? */
  flushed: boolean
  /** Answers repeat up to this many messages from before the cursor. */
  repeats: number
}

const life: fc.Arbitrary<Life> = fc.record({
  arrivals: fc.nat(5),
  throwsAt: fc.array(fc.nat(8), { maxLength: 3 }),
  acks: fc.array(fc.nat(12), { maxLength: 6 }),
  flushed: fc.boolean(),
  repeats: fc.nat(3),
})

const heartbeatMs = 12_345

const credentials: CredentialStore = {
  load: async () => ({ botId: 'b@im.bot', userId: 'u', token: 't', savedAt: '' }),
  save: async () => undefined,
}

const fail = (error: unknown) => {
  throw error
}

/** The backend and the store, which outlive every process. */
class World {
  readonly state = new MemoryState()
  readonly sent: string[] = []
  /** Handed over to a consumer that did not throw. */
  readonly taken = new Set<string>()
  /** Acknowledged; a process that ended early may not have stored it. */
  readonly acknowledged = new Set<string>()
  /** Acknowledged, and known to be stored. */
  readonly done = new Set<string>()
  readonly #manual: boolean

  constructor(manual: boolean) {
    this.#manual = manual
  }

  /** @returns what was handed over in this life, in order */
  async live({ arrivals, throwsAt, acks, flushed, repeats }: Life): Promise<string[]> {
    for (let n = 0; n < arrivals; n += 1) this.sent.push(String(2n ** 60n + BigInt(this.sent.length)))
    const stop = new AbortController()
    const ended = new AbortController()
    const now = () => Date.now()
    const entries = new Entries({ store: this.state, ended: ended.signal, now, report: fail })
    const windows = new SendWindows(entries, fail)
    const store = new MessageStore({ entries, windows, now, keepMessagesMs: undefined, onFailure: fail })
    const handed: string[] = []
    const acknowledgedNow: string[] = []
    const session = this.#session(store, stop, ended.signal, repeats, (id) => {
      const takes = !throwsAt.includes(handed.length)
      const acknowledges = takes && (!this.#manual || acks.includes(handed.length))
      if (takes) this.taken.add(id)
      if (acknowledges) acknowledgedNow.push(id)
      handed.push(id)
      if (acknowledges && this.#manual) store.pending.acknowledge(id)
      return takes
    })
    await session.restore()
    await session.run()
    for (const id of acknowledgedNow) this.acknowledged.add(id)
    if (flushed) {
      await store.flush()
      for (const id of acknowledgedNow) this.done.add(id)
    }
    // The process is gone, and with it the acknowledgements that it has not stored.
    store.pending.takeRemovals()
    ended.abort()
    return handed
  }

  #session(
    store: MessageStore,
    stop: AbortController,
    ended: AbortSignal,
    repeats: number,
    message: (id: string) => boolean,
  ) {
    const clock: Clock = {
      now: () => Date.now(),
      sleep: async (ms) => {
        // Polling waits for acknowledgements that do not come in this life.
        if (ms === heartbeatMs) stop.abort()
      },
    }
    const wire: WireOptions = { http: this.#backend(stop, repeats), random: Math.random, botAgent: 'Test/1' }
    return new Session({
      credentials,
      store,
      loginWire: new LoginWire(wire),
      botWire: ({ token }, onSessionExpired) =>
        new BotWire({ ...wire, baseUrl: 'http://backend', token, onSessionExpired }),
      askVerifyCode: () => undefined,
      onMinorFailure: () => undefined,
      events: {
        progress: () => undefined,
        login: () => undefined,
        ready: () => undefined,
        logout: async () => undefined,
        message,
        heartbeat: () => undefined,
        problem: fail,
        farewell: async () => undefined,
      },
      clock,
      backendNow: () => clock.now(),
      random: Math.random,
      loginBaseUrl: 'http://backend',
      localTokens: [],
      token: undefined,
      manualAck: this.#manual,
      onUnstored: undefined,
      heartbeatMs,
      stopped: stop.signal,
      ended,
    })
  }

  /** Answers with what comes after the cursor, some of it twice; ends the life when there is nothing more. */
  #backend(stop: AbortController, repeats: number): Http {
    const answer = (body: string) => ({ status: 200, headers: {}, body })
    return async ({ pathname }, { body }) => {
      if (!pathname.endsWith('getupdates')) return answer('{"ret": 0}')
      const cursor = Number(JSON.parse(String(body)).get_updates_buf || 0)
      if (cursor >= this.sent.length) stop.abort()
      const batch = this.sent.slice(Math.max(0, cursor - repeats), cursor + 3)
      const messages = batch.map((id) => `{"message_id": ${id}, "from_user_id": "u", "item_list": []}`)
      const next = Math.min(this.sent.length, cursor + 3)
      return answer(`{"ret": 0, "msgs": [${messages}], "get_updates_buf": "${next}"}`)
    }
  }
}

const everyPosition = Array.from({ length: 100 }, (_, position) => position)
const lastLife: Life = { arrivals: 0, throwsAt: [], acks: everyPosition, flushed: true, repeats: 0 }

it.each([true, false])(
  'hands over every message, and none again that was acknowledged (acknowledge by hand: %s)',
  async (manual) => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
        const world = new World(manual)
        for (const one of [...lives, lastLife]) {
          const acknowledged = new Set(world.acknowledged)
          const done = new Set(world.done)
          const handed = await world.live(one)
          expect(
            handed.filter((id) => done.has(id)),
            'what is known to be acknowledged does not come again',
          ).toEqual([])
          const due = world.sent.filter((id) => handed.includes(id) || !acknowledged.has(id))
          // With acknowledgements missing, the backend is not asked for more.
          const expected = manual && one !== lastLife ? due.slice(0, handed.length) : due
          expect(handed, 'each life gets what is not acknowledged, once and in order').toEqual(expected)
        }
        expect([...world.taken], 'nothing is lost').toEqual(expect.arrayContaining(world.sent))
      }),
      { numRuns: 150 },
    )
  },
)

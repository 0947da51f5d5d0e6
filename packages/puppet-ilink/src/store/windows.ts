/**
 * The right to write to a person: iLink grants a number of sends, for a time, with each message the person writes. The
 * count survives restarts, and a repeated send with the same client id counts once.
 */

import { z } from 'zod'
import { sendBudget, storeLimits } from '../limits.ts'
import { type Entries, jsonOf, keyOf } from './entries.ts'
import type { LearntLimits, SendInWindow } from './learnt-limits.ts'
import type { StateChange } from './state-store.ts'

/** Whether, and how often, a person can be written to. */
export interface SendWindow {
  /** False: a send would be refused. */
  open: boolean
  /** Sends left until the person writes again. */
  remaining: number
  /** When it opened: the person wrote. By iLink's clock, in milliseconds since the epoch; absent when it never did. */
  openedAtMs?: number
  /** When the window closes by itself, in milliseconds since the epoch by iLink's clock; absent when it never opened. */
  closesAtMs?: number
  /** What earlier refusals of this account make likely, where that is less than `remaining` and `closesAtMs`. */
  likely?: { remaining: number; closesAtMs: number }
}

const storedWindow = z.object({
  userId: z.string(),
  /** What a send to this person needs. */
  token: z.string(),
  /** When the person wrote, in milliseconds since the epoch. */
  atMs: z.int(),
  /** The backend refused a send because none are left. */
  exhausted: z.boolean(),
  /** Client ids of the sends since then. */
  counted: z.array(z.string()),
})
export type StoredWindow = z.infer<typeof storedWindow>

const readWindow = jsonOf(storedWindow)

/** One person's window in memory; without `stored` the person has not written. It stays the same object while cached. */
export class Window {
  readonly userId: string
  stored: StoredWindow | undefined

  constructor(userId: string, stored: StoredWindow | undefined) {
    this.userId = userId
    this.stored = stored
  }

  state(nowMs: number): SendWindow {
    if (this.stored === undefined) return { open: false, remaining: 0 }
    const { atMs, exhausted, counted } = this.stored
    const closesAtMs = atMs + sendBudget.windowMs
    const remaining = exhausted ? 0 : Math.max(0, sendBudget.sends - counted.length)
    return { open: nowMs < closesAtMs && remaining > 0, remaining, openedAtMs: atMs, closesAtMs }
  }

  /** As {@link state}, with what is likely by earlier refusals. */
  likelyState(nowMs: number, { sends, windowMs }: LearntLimits): SendWindow {
    const state = this.state(nowMs)
    if (this.stored === undefined || (sends === undefined && windowMs === undefined)) return state
    const { atMs, counted } = this.stored
    const remaining = Math.min(state.remaining, Math.max(0, (sends ?? sendBudget.sends) - counted.length))
    return { ...state, likely: { remaining, closesAtMs: atMs + (windowMs ?? sendBudget.windowMs) } }
  }

  /** Was a send with this client id counted already? */
  isCounted(clientId: string): boolean {
    return this.stored?.counted.includes(clientId) ?? false
  }
}

/** A send with this client id, in the window that was open when it began. */
export function placeIn({ counted, atMs }: StoredWindow, clientId: string, nowMs: number): SendInWindow {
  return { before: counted.filter((id) => id !== clientId).length, ageMs: Math.max(0, nowMs - atMs) }
}

export class SendWindows {
  readonly #entries: Entries
  readonly #onFailure: (error: unknown) => void
  /** Least recently used first. */
  readonly #cache = new Map<string, Window>()

  /** @param onFailure called when a change could not be stored; it counts all the same until the process ends */
  constructor(entries: Entries, onFailure: (error: unknown) => void) {
    this.#entries = entries
    this.#onFailure = onFailure
  }

  async of(userId: string): Promise<Window> {
    const [window] = await this.ofAll([userId])
    return window ?? new Window(userId, undefined)
  }

  /** The windows of these people. @param userIds without repetitions */
  async ofAll(userIds: readonly string[]): Promise<Window[]> {
    const missing = userIds.filter((userId) => !this.#cache.has(userId)).map(keyOf)
    const found = missing.length > 0 ? await this.#entries.read('window', missing, readWindow) : undefined
    const windows = userIds.map(
      (userId) => this.#cache.get(userId) ?? new Window(userId, found?.get(keyOf(userId))),
    )
    for (const window of windows) this.#use(window)
    return windows
  }

  /**
   * Notes a received message: a fresh one opens the window again, a repeated one only fills in a token that is missing.
   * @returns whether the window has to be stored
   */
  received(window: Window, token: string, atMs: number, isFresh: boolean): boolean {
    const { userId, stored } = window
    // The same message comes here again when it could not be stored: sends have been counted meanwhile.
    const isSame = stored?.token === token && stored.atMs === atMs
    if (stored !== undefined && !isSame && (!isFresh || atMs < stored.atMs)) return false
    if (!isSame) window.stored = { userId, token, atMs, exhausted: false, counted: [] }
    return true
  }

  /** What stores a window as it is now. */
  change({ userId, stored }: Window): StateChange[] {
    if (stored === undefined) return []
    return [this.#entries.put('window', keyOf(userId), JSON.stringify(stored), stored.atMs)]
  }

  /** Counts a send, before it is attempted: after a crash it may have arrived. Never rejects. */
  async count(window: Window, clientId: string): Promise<void> {
    if (window.isCounted(clientId)) return
    window.stored?.counted.push(clientId)
    await this.#save(window)
  }

  /** Takes back a count, for a send that the backend certainly did not accept. Never rejects. */
  async uncount(window: Window, clientId: string): Promise<void> {
    const { stored } = window
    const index = stored?.counted.indexOf(clientId) ?? -1
    if (stored === undefined || index < 0) return
    stored.counted.splice(index, 1)
    await this.#save(window)
  }

  /**
   * Notes that the backend accepts nothing more until the person writes again. Never rejects.
   * @param refused as it was when the send began: where the person has written meanwhile, nothing is noted
   */
  async exhaust(window: Window, refused: StoredWindow): Promise<void> {
    if (window.stored !== refused) return
    refused.exhausted = true
    await this.#save(window)
  }

  /** Everyone who has written in this session, latest first. */
  async people(): Promise<string[]> {
    const found: StoredWindow[] = []
    for await (const [, window] of this.#entries.all('window', readWindow)) found.push(window)
    return found.sort((a, b) => b.atMs - a.atMs).map(({ userId }) => userId)
  }

  /** Forgets all windows in memory; those in the store are the caller's. */
  forget(): void {
    this.#cache.clear()
  }

  async #save(window: Window): Promise<void> {
    // A window of a session that has ended must not come back into the store.
    if (this.#cache.get(window.userId) !== window) return
    await this.#entries.write(this.change(window), 'relaxed').catch(this.#onFailure)
  }

  #use(window: Window): void {
    this.#cache.delete(window.userId)
    this.#cache.set(window.userId, window)
    const [oldest] = this.#cache.keys()
    if (this.#cache.size > storeLimits.cachedWindows && oldest !== undefined) this.#cache.delete(oldest)
  }
}

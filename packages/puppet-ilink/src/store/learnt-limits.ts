/**
 * What the backend's answers say about its real limits. Users report fewer sends for a message, and shorter windows, than
 * Tencent publishes. A send is tried all the same: what is learnt here is for a forecast, and a send that is accepted beyond
 * it corrects it.
 */

import { z } from 'zod'
import { sendBudget } from '../limits.ts'
import { type Entries, jsonOf } from './entries.ts'

const learntLimits = z.object({
  /** Sends of a window after which one was refused; absent: as published. */
  sends: z.int().min(1).optional(),
  /** Age of a window at which its first send was refused; absent: as published. */
  windowMs: z.int().min(0).optional(),
  refusals: z.object({ quota: z.int(), window: z.int(), rate: z.int() }),
  lastRefusalMs: z.int().optional(),
})

/** Limits that were learnt from refusals, and how many of these there were. */
export type LearntLimits = z.infer<typeof learntLimits>

const readLimits = jsonOf(learntLimits)
const key = 'limits'
const nothingYet: LearntLimits = { refusals: { quota: 0, window: 0, rate: 0 } }

/** A send in its window. */
export interface SendInWindow {
  /** Sends that were accepted in the window before this one. */
  readonly before: number
  /** Time since the window opened, milliseconds. */
  readonly ageMs: number
}

export class Limits {
  readonly #entries: Entries
  readonly #onFailure: (error: unknown) => void
  #known: LearntLimits | undefined

  /** @param onFailure called when something learnt could not be stored; it is forgotten with the process */
  constructor(entries: Entries, onFailure: (error: unknown) => void) {
    this.#entries = entries
    this.#onFailure = onFailure
  }

  async read(): Promise<LearntLimits> {
    this.#known ??= (await this.#entries.read('meta', [key], readLimits)).get(key) ?? nothingYet
    return this.#known
  }

  /** A send was accepted: limits that would have forbidden it are not the backend's. Never rejects. */
  accepted(send: SendInWindow): Promise<void> {
    return this.#learn((known) => afterAccepted(known, send))
  }

  /** A send was refused. @param code other codes than those of a limit say nothing. Never rejects. */
  refused(code: string, send: SendInWindow, nowMs: number): Promise<void> {
    return this.#learn((known) => afterRefused(known, code, send, nowMs))
  }

  async #learn(change: (known: LearntLimits) => LearntLimits): Promise<void> {
    try {
      const known = await this.read()
      this.#known = change(this.#known ?? known)
      if (this.#known === known) return
      await this.#entries.write([this.#entries.put('meta', key, JSON.stringify(this.#known))], 'relaxed')
    } catch (error) {
      this.#onFailure(error)
    }
  }
}

/** @returns the same object where nothing is learnt */
function afterAccepted(known: LearntLimits, { before, ageMs }: SendInWindow): LearntLimits {
  const { sends, windowMs, ...rest } = known
  if ((sends === undefined || before < sends) && (windowMs === undefined || ageMs <= windowMs)) return known
  return {
    ...rest,
    ...below('sends', sends && Math.max(sends, before + 1), sendBudget.sends),
    ...below('windowMs', windowMs && Math.max(windowMs, ageMs), sendBudget.windowMs),
  }
}

/**
 * The code for used-up sends stands for a closed window, too. The first send of a window cannot have used it up.
 */
function afterRefused(
  known: LearntLimits,
  code: string,
  { before, ageMs }: SendInWindow,
  nowMs: number,
): LearntLimits {
  const kind = code === 'rate-limited' ? 'rate' : code === 'quota' && before > 0 ? 'quota' : limitCodes[code]
  if (kind === undefined) return known
  const refusals = { ...known.refusals, [kind]: known.refusals[kind] + 1 }
  const { sends, windowMs } = known
  return {
    refusals,
    lastRefusalMs: Math.round(nowMs),
    ...below('sends', kind === 'quota' ? before : sends, sendBudget.sends),
    ...below('windowMs', kind === 'window' ? Math.round(ageMs) : windowMs, sendBudget.windowMs),
  }
}

const limitCodes: Readonly<Record<string, 'window'>> = { quota: 'window', 'window-closed': 'window' }

/** A limit that is no lower than the published one is none. */
function below(name: 'sends' | 'windowMs', value: number | undefined, published: number) {
  return value === undefined || value >= published ? {} : { [name]: value }
}

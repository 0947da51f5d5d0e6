/**
 * What a puppet can do: as the puppet declares it, else as the catalogue or the user states it. Code asks for a
 * capability, never for a puppet's name.
 */

import { z } from 'zod'
import { knownPuppet } from '../config/catalogue.ts'
import { idStabilities } from '../model/ids.ts'
import { memberOf } from './extras.ts'

const schema = z.object({
  /** UTF-16 units in one text message. */
  maxTextLength: z.int().positive().default(2_048),
  /** Pause between the chunks of one text, milliseconds. */
  minSendGapMs: z.int().nonnegative().default(1_000),
  /** May a text that was not confirmed be sent again with the same id? Without an id people would see it twice. */
  resendUncertain: z.boolean().default(false),
  /** Can `sendText` quote a received message? */
  quote: z.boolean().default(false),
  markdown: z.enum(['subset', 'none']).default('none'),
  /** Do ids mean the same person after another login? */
  idStability: z.enum(idStabilities).default('stable'),
  maxMediaBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  /**
   * Every received message is a person's, and its text what the person wrote. Without it, texts may be XML of WeChat's
   * protocol or notes of WeChat itself, and messages of an unknown type are nobody's.
   */
  peopleOnly: z.boolean().default(false),
  /** Sends that the backend grants for one message of a person, and for how long; absent: any number. */
  sendBudget: z.object({ sends: z.int().positive(), windowMs: z.int().positive() }).optional(),
  /** The person the bot belongs to; known after login. */
  ownerId: z.string().optional(),
})

export type PuppetCapabilities = z.infer<typeof schema>

/** The part of the capabilities that the catalogue and the user may state. */
export type StatedCapabilities = Partial<Pick<PuppetCapabilities, 'idStability'>>

const stated = new WeakMap<object, StatedCapabilities>()

/** States capabilities of a puppet. What the puppet declares itself wins. */
export function stateCapabilities(puppet: object, capabilities: StatedCapabilities): void {
  stated.set(puppet, capabilities)
}

/** @param puppet any puppet; what is neither declared nor stated has a careful default. */
export function capabilitiesOf(puppet: object): PuppetCapabilities {
  const known = stated.get(puppet)
  const declared = memberOf(puppet, 'capabilities')
  const read = schema.safeParse({ ...known, ...(typeof declared === 'object' && declared) })
  return read.success ? read.data : schema.parse({ ...known })
}

/** The capabilities that a foreign puppet may declare itself: none that would let anyone in. */
const trustedNames = ['maxTextLength', 'minSendGapMs', 'markdown', 'idStability', 'maxMediaBytes'] as const

/** @param declared by foreign code; what is no declaration of capabilities declares nothing */
export function trustedCapabilities(declared: unknown): Partial<PuppetCapabilities> {
  const { data } = schema.safeParse(declared)
  const names = trustedNames.filter((name) => Object.hasOwn(Object(declared), name))
  return Object.fromEntries(names.flatMap((name) => (data === undefined ? [] : [[name, data[name]]])))
}

/** The capabilities in the catalogue, by the npm name of a puppet. */
export function knownCapabilities(name: string): StatedCapabilities {
  const { ids = 'unknown' } = knownPuppet(name) ?? {}
  return ids === 'unknown' ? {} : { idStability: ids }
}

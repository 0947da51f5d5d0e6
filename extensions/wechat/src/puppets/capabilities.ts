/**
 * What a puppet can do: as it declares it, else as the catalogue or the user states it. Code asks for a capability,
 * never for a puppet's name.
 */

import { z } from 'zod'
import { idStabilities } from '../model/ids.ts'
import { knownPuppet } from './catalogue.ts'

const schema = z.object({
  /** UTF-16 units in one text message. */
  maxTextLength: z.int().positive().default(2_048),
  /** Pause between the chunks of one text, milliseconds. */
  minSendGapMs: z.int().nonnegative().default(1_000),
  /** May a text that was not confirmed be sent again with the same id? Without an id that would be said twice. */
  resendUncertain: z.boolean().default(false),
  rooms: z.boolean().default(true),
  /** Can `sendText` quote a received message? */
  quote: z.boolean().default(false),
  markdown: z.enum(['subset', 'none']).default('none'),
  /** Sends that a received message allows. */
  sendBudget: z.object({ sends: z.int().positive(), windowMs: z.int().positive() }).optional(),
  /** Do ids mean the same person after another login? */
  idStability: z.enum(idStabilities).default('stable'),
  maxMediaBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  /** The person the bot belongs to; known after login. */
  ownerId: z.string().optional(),
})

export type PuppetCapabilities = z.infer<typeof schema>

/** A part of the capabilities, as somebody states them who is not the puppet. */
export type StatedCapabilities = Partial<Pick<PuppetCapabilities, 'rooms' | 'idStability'>>

const stated = new WeakMap<object, StatedCapabilities>()

/** From now on this holds for the puppet where it declares nothing else. */
export function stateCapabilities(puppet: object, capabilities: StatedCapabilities): void {
  stated.set(puppet, capabilities)
}

/** @param puppet any puppet; what neither it declares nor anybody states gets a careful default. */
export function capabilitiesOf(puppet: object): PuppetCapabilities {
  const known = stated.get(puppet)
  const declared: unknown = Reflect.get(puppet, 'capabilities')
  const read = schema.safeParse({ ...known, ...(typeof declared === 'object' && declared) })
  return read.success ? read.data : schema.parse({ ...known })
}

/** What a puppet in another process may say of itself: nothing that would let anybody in. */
const tellable = [
  'maxTextLength',
  'minSendGapMs',
  'rooms',
  'markdown',
  'idStability',
  'maxMediaBytes',
] as const

/** @param declared by foreign code; what is no declaration of capabilities declares nothing */
export function toldCapabilities(declared: unknown): Partial<PuppetCapabilities> {
  const { data } = schema.safeParse(declared)
  const told = tellable.filter((name) => Object.hasOwn(Object(declared), name))
  return Object.fromEntries(told.flatMap((name) => (data === undefined ? [] : [[name, data[name]]])))
}

/** What the catalogue knows of a puppet by its npm name. */
export function knownCapabilities(name: string): StatedCapabilities {
  const { groups = 'unknown', ids = 'unknown' } = knownPuppet(name) ?? {}
  return {
    ...(groups !== 'unknown' && { rooms: groups === 'yes' }),
    ...(ids !== 'unknown' && { idStability: ids }),
  }
}

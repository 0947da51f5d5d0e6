// What a test may turn while the simulator runs: the same names in options, flags and the control API.

import { z } from 'zod'
import {
  defaultHoldMs,
  defaultPenaltyMs,
  defaultPushQuota,
  defaultQrHoldMs,
  defaultQrLifeMs,
  defaultQuota,
  defaultWindowMs,
  maxPushesCounted,
} from './limits.ts'

const maxHoldMs = 24 * 60 * 60 * 1000
const duration = z.int().min(0)

const settingsSchema = z.strictObject({
  /** How long getupdates is held, and what the service then suggests as the client's timeout. */
  holdMs: duration.max(maxHoldMs),
  /** How long a status poll is held while nothing changes. */
  qrHoldMs: duration.max(maxHoldMs),
  /** Age at which a QR code expires, by the settable clock. */
  qrLifeMs: duration,
  /**
   * `ack`: what was handed over never comes again, whatever cursor is sent; an answer whose connection broke within ten
   * seconds counts as handed over only when a cursor shows it. `replay`: everything after the cursor
   * that is sent. `duplicate`: as `ack`, and each message comes a second time a second later.
   */
  delivery: z.enum(['ack', 'replay', 'duplicate']),
  /** Messages a bot may send for each message of its user. */
  quota: z.int().min(0),
  /** How long after the user's last message a bot may send, by the settable clock. */
  windowMs: duration,
  /** How the service limits sends, as users have reported it: state/profiles.ts. */
  profile: z.enum([
    'documented',
    'prepare-failed-window',
    'rate-penalty',
    'silent-account',
    'push-budget',
    'twenty-then-burst',
  ]),
  /** `rate-penalty`: the cool-down, by the settable clock; each attempt during it begins it again. */
  penaltyMs: duration,
  /** `push-budget`: messages that an account may send a day long after its users have written. */
  pushQuota: z.int().min(0).max(maxPushesCounted),
  /** Accept messages with `ret: 0`, without `message_id`, and do not show them. */
  silentDrop: z.boolean(),
  /** A `client_id` seen before is accepted and shown once. */
  dedupe: z.boolean(),
  /** How long a token lives on, by the settable clock, after its user has scanned for another bot. */
  rebindDelayMs: duration,
  /** Which fields of an answer have -14; the service was seen with it only in `errcode`, too. */
  staleField: z.enum(['both', 'errcode', 'ret']),
  /** Whether media carry complete URLs beside their parameters, or parameters alone. */
  mediaUrls: z.enum(['full', 'param']),
})

export type Settings = z.infer<typeof settingsSchema>

/** Settings to change; what is absent stays as it is. */
export const settingsPatchSchema = settingsSchema.partial()
export type SettingsPatch = z.input<typeof settingsPatchSchema>

export const defaultSettings: Settings = {
  holdMs: defaultHoldMs,
  qrHoldMs: defaultQrHoldMs,
  qrLifeMs: defaultQrLifeMs,
  delivery: 'ack',
  quota: defaultQuota,
  windowMs: defaultWindowMs,
  profile: 'documented',
  penaltyMs: defaultPenaltyMs,
  pushQuota: defaultPushQuota,
  silentDrop: false,
  dedupe: true,
  rebindDelayMs: 0,
  staleField: 'both',
  mediaUrls: 'full',
}

/** `settings` with the given ones changed. Throws a ZodError that names the setting that does not fit. */
export function withPatch(settings: Settings, patch: SettingsPatch): Settings {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined)
  return settingsSchema.parse({ ...settings, ...Object.fromEntries(given) })
}

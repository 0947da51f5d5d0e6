// Everything the simulator knows. A reset drops the world and begins another.

import { Clock } from '../clock.ts'
import { MessageIds } from '../ids.ts'
import type { JsonValue } from '../json.ts'
import { maxRecordedHeard, maxRecordedRequests, maxRecordedSent } from '../limits.ts'
import { MediaStore } from '../media/store.ts'
import type { Settings } from '../settings.ts'
import { Bots } from './bots.ts'
import { Log } from './capped.ts'
import type { Heard, Sent } from './conversations.ts'
import { type Endpoint, Faults } from './faults.ts'
import { QrCodes } from './qr-codes.ts'
import { Waiters } from './waiters.ts'

/** A request as it came, with what is wrong about it and what was answered. */
export type Recorded = {
  atMs: number
  endpoint: Endpoint | 'unknown'
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** The JSON body; its text when it is not JSON or very long; '' without one and for the CDN. */
  body: JsonValue
  botId?: string
  violations: string[]
  /** HTTP status of the answer; absent while it is held or when the connection was cut. */
  status?: number
}

export type World = {
  settings: Settings
  /** Where this simulator is reached, without a trailing slash. */
  origin: string
  cdnUrl: string
  clock: Clock
  messageIds: MessageIds
  bots: Bots
  qrCodes: QrCodes
  faults: Faults
  media: MediaStore
  sent: Log<Sent>
  heard: Log<Heard>
  /** Requests of the control API that are held until a message is sent. */
  sentWaiters: Waiters
  requests: Log<Recorded>
}

export function newWorld(settings: Settings, origin: string): World {
  return {
    settings,
    origin,
    cdnUrl: `${origin}/c2c`,
    clock: new Clock(),
    messageIds: new MessageIds(),
    bots: new Bots(),
    qrCodes: new QrCodes(),
    faults: new Faults(),
    media: new MediaStore(),
    sent: new Log(maxRecordedSent),
    heard: new Log(maxRecordedHeard),
    sentWaiters: new Waiters(),
    requests: new Log(maxRecordedRequests),
  }
}

/** Lets every held request look again at what there is for it. */
export function wakeEverybody(world: World): void {
  for (const bot of world.bots.all()) bot.mailbox.waiters.wakeAll()
  for (const code of world.qrCodes.all()) code.waiters.wakeAll()
}

/** Ends every session: held polls answer -14. */
export function endWorld(world: World): void {
  world.sentWaiters.wakeAll()
  for (const bot of world.bots.all()) world.bots.expire(bot, 0)
  wakeEverybody(world)
}

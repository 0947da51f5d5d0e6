/**
 * One attempt of one account: a new Wechaty with a new puppet, from start to end. Nothing of it is used again, because
 * a restarted instance leaks listeners and revives its dead watchdog.
 */

import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { type Message, type Wechaty, WechatyBuilder } from 'wechaty'
import { type Puppet, types } from 'wechaty-puppet'
import { complaintOf } from '../puppets/complaint.ts'
import { withDeadline } from './deadline.ts'
import { guardEvents } from './guard-events.ts'
import { type Vitals, type VitalsTiming, vitalsTiming, watchVitals } from './vitals.ts'

/** Told in order. A handler that throws is reported by `onError` and harms nothing else. */
export interface SessionHandlers {
  onScan(qr: string, scanned: boolean): void
  onLogin(userId: string, name: string): void
  onLogout(reason: string): void
  onMessage(message: Message, bot: Wechaty): Promise<void>
  /** The puppet shows a sign of life. */
  onHeartbeat(): void
  onError(error: unknown): void
}

export interface Session {
  readonly puppet: Puppet
  /** Resolves with the reason when the puppet has died by itself. */
  readonly died: Promise<MoltbotError>
  /** Stops the puppet within the deadline. Never throws. */
  close(): Promise<void>
}

export interface SessionTiming {
  readonly startDeadlineMs: number
  readonly stopDeadlineMs: number
  readonly vitals: VitalsTiming
}

/** Wechaty itself gives up waiting for a start after 15 s. */
export const sessionTiming: SessionTiming = {
  startDeadlineMs: 20_000,
  stopDeadlineMs: 5_000,
  vitals: vitalsTiming,
}

/**
 * @param hostDied resolves when the process that hosts the puppet has ended; never, where it is this one
 * @throws `puppet-start-failed` with what the puppet said, and the reason of `hostDied`
 */
export async function openSession(
  puppet: Puppet,
  handlers: SessionHandlers,
  timing = sessionTiming,
  hostDied: Promise<MoltbotError> = new Promise(() => undefined),
): Promise<Session> {
  guardEvents(puppet)
  const bot = WechatyBuilder.build({ puppet })
  let complaint: string | undefined
  let vitals: Vitals | undefined
  let death: MoltbotError | undefined
  const listener = listen(bot, handlers, {
    signOfLife: () => vitals?.signOfLife(),
    error: (error) => {
      vitals?.trouble()
      const said = complaintOf(error)
      if (vitals === undefined && complaint !== undefined && timeUp.test(said)) return
      complaint = said
      handlers.onError(error)
    },
  })
  const close = async () => {
    listener.end()
    await withDeadline(bot.stop(), timing.stopDeadlineMs, 'the puppet did not stop').catch(handlers.onError)
  }
  try {
    const started = withDeadline(bot.start(), timing.startDeadlineMs, 'the puppet did not start')
    death = await Promise.race([started.then(() => undefined), hostDied])
    if (death !== undefined) throw death
    // start() resolves even if the puppet failed or still hangs; the puppet's own state is the truth.
    if (puppet.state.active() !== true) throw new Error('the puppet is not active after its start')
  } catch (error) {
    await close()
    if (death !== undefined) throw death
    // What the puppet said of it tells more than that it did not start.
    throw new MoltbotError('puppet-start-failed', complaint ?? messageOf(error), {
      retryable: true,
      cause: error,
    })
  }
  const watched = watchVitals(puppet, timing.vitals)
  vitals = watched
  return {
    puppet,
    died: Promise.race([watched.died.then(puppetDied), hostDied]),
    close: () => {
      watched.end()
      return close()
    },
  }
}

function puppetDied(reason: string): MoltbotError {
  return new MoltbotError('puppet-died', reason, { retryable: true })
}

/** After `end` no handler is called any more, whatever the puppet still emits. */
function listen(
  bot: Wechaty,
  handlers: SessionHandlers,
  observer: { signOfLife(): void; error(error: unknown): void },
): { end(): void } {
  let ended = false
  /** Neither a throw nor a rejection of a handler reaches Wechaty, where it would end the process. */
  const guard = (work: () => void | Promise<void>) => {
    observer.signOfLife()
    if (!ended) void (async () => work())().catch((error: unknown) => handlers.onError(error))
  }
  bot.on('scan', (qr, status) => guard(() => handlers.onScan(qr, scannedStatuses.has(status))))
  bot.on('login', (user) => guard(() => handlers.onLogin(user.id, user.name())))
  bot.on('logout', (_user, reason) => guard(() => handlers.onLogout(reason ?? '')))
  bot.on('message', (message) => guard(() => handlers.onMessage(message, bot)))
  bot.on('heartbeat', () => guard(() => handlers.onHeartbeat()))
  // Never removed: an `error` that nobody hears throws inside the puppet.
  bot.on('error', (error) => guard(() => observer.error(error)))
  return {
    end: () => {
      ended = true
    },
  }
}

/** What Wechaty adds to the complaint of a puppet that did not start: it had waited for it. */
const timeUp = /^Timeout after \d+ ms$/

/** The phone has the code: there is nothing more to scan. */
const scannedStatuses: ReadonlySet<types.ScanStatus> = new Set([
  types.ScanStatus.Scanned,
  types.ScanStatus.Confirmed,
])

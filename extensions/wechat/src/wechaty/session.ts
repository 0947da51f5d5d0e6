/**
 * One attempt of one account: a new Wechaty with a new puppet, from start to end. Nothing of it is used again, because
 * a restarted instance leaks listeners and revives its dead watchdog.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { type Message, type Wechaty, WechatyBuilder } from 'wechaty'
import { type Puppet, types } from 'wechaty-puppet'
import { withDeadline } from './deadline.ts'
import { type Vitals, watchVitals } from './vitals.ts'

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
  readonly died: Promise<string>
  /** Stops the puppet within the deadline. Never throws. */
  close(): Promise<void>
}

/** Wechaty itself gives up waiting after 15 s. */
const startDeadlineMs = 20_000
const stopDeadlineMs = 5_000

/** @throws `puppet-start-failed` with what the puppet said. */
export async function openSession(puppet: Puppet, handlers: SessionHandlers): Promise<Session> {
  const bot = WechatyBuilder.build({ puppet })
  let startError = 'the puppet is not active after its start'
  let vitals: Vitals | undefined
  const listener = listen(bot, handlers, {
    signOfLife: () => vitals?.signOfLife(),
    error: (message) => {
      startError = message
      vitals?.trouble()
    },
  })
  const close = async () => {
    listener.end()
    await stopBot(bot).catch(handlers.onError)
  }
  try {
    await withDeadline(bot.start(), startDeadlineMs, 'the puppet did not start')
    // start() resolves even if the puppet failed or still hangs; the puppet's own state is the truth.
    if (puppet.state.active() !== true) throw new Error(startError)
  } catch (error) {
    await close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new MoltbotError('puppet-start-failed', reason, { retryable: true, cause: error })
  }
  const watched = watchVitals(puppet)
  vitals = watched
  return {
    puppet,
    died: watched.died,
    close: () => {
      watched.end()
      return close()
    },
  }
}

/** After `end` no handler is called any more, whatever the puppet still emits. */
function listen(
  bot: Wechaty,
  handlers: SessionHandlers,
  observer: { signOfLife(): void; error(message: string): void },
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
  bot.on('error', (error) => {
    observer.error(error.message)
    guard(() => handlers.onError(error))
  })
  return {
    end: () => {
      ended = true
    },
  }
}

/** The phone has the code: there is nothing more to scan. */
const scannedStatuses: ReadonlySet<types.ScanStatus> = new Set([
  types.ScanStatus.Scanned,
  types.ScanStatus.Confirmed,
])

async function stopBot(bot: Wechaty): Promise<void> {
  await withDeadline(bot.stop(), stopDeadlineMs, 'the puppet did not stop')
}

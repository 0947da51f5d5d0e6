/**
 * Looks at the gateway every few seconds and tells its operator what has gone wrong, and when it is solved.
 */

import { type Logger, localTime, messageOf, pause, untilDone } from '@moltbot/channel-sdk'
import { type AlertsConfig, type AlertWay, alertAfterMs } from '../config/alerts-schema.ts'
import type { Speech } from '../language/speech.ts'
import { speechIn } from '../language/speech-in.ts'
import { type Alert, AlertBook } from './alert-book.ts'
import { kindOf } from './problems.ts'
import { type Notification, nameOf, type SendAs, tell } from './ways.ts'

/** See `AlertBook.observe`. */
export interface Look {
  readonly problems: ReadonlyMap<string, string>
  readonly unclear?: ReadonlySet<string>
}

export interface AlertOptions {
  readonly config: () => AlertsConfig
  /** What is wrong now. Undefined: that cannot be told at present, and everything stays as it is. */
  readonly look: () => Promise<Look | undefined>
  readonly sendAs: SendAs
  readonly log: Logger
  /** Ends it. */
  readonly signal: AbortSignal
  readonly now?: () => number
  /** Defaults to 15 s. */
  readonly everyMs?: number
}

const maxAttempts = 3
const firstPauseMs = 5_000
/** Alerts that are on their way; more are only logged. */
const maxUnderWay = 50

/** Resolves when `signal` has aborted. Never rejects. */
export async function watchForAlerts(options: AlertOptions): Promise<void> {
  const { config, look, log, signal, now = Date.now, everyMs = 15_000 } = options
  const book = new AlertBook()
  let underWay = 0
  while (await pause(everyMs, signal)) {
    const rulesNow = config()
    const { to, repeatHours, language } = rulesNow
    if (to.length === 0) continue
    try {
      const afterMs = (key: string) => alertAfterMs(rulesNow, kindOf(key))
      const rules = { afterMs, repeatMs: repeatHours * 3_600_000 }
      const speech = await speechIn(language === 'en' ? 'en' : 'zh')
      const found = await look()
      if (found === undefined) continue
      for (const alert of book.observe(found.problems, now(), rules, found.unclear)) {
        log.info({ event: 'alert', kind: alert.kind, key: alert.key }, alert.text)
        if (underWay >= maxUnderWay) continue
        underWay++
        void tellAll(alert, to, speech, options).finally(() => underWay--)
      }
    } catch (error) {
      log.error({ error: messageOf(error) }, 'What is wrong could not be looked at for alerts')
    }
  }
}

async function tellAll(
  alert: Alert,
  ways: readonly AlertWay[],
  speech: Speech,
  options: AlertOptions,
): Promise<void> {
  const notification = notificationOf(alert, speech)
  await Promise.all(
    ways.filter((way) => isFit(way, alert)).map((way) => tellWithRetries(way, notification, options)),
  )
}

/** An account that is out cannot tell of itself. */
function isFit(way: AlertWay, { key }: Alert): boolean {
  return way.type !== 'account' || !key.startsWith('account/') || !key.endsWith(`/${way.accountId}`)
}

async function tellWithRetries(
  way: AlertWay,
  notification: Notification,
  { sendAs, log, signal }: AlertOptions,
): Promise<void> {
  let attempts = 0
  const isFinal = () => ++attempts >= maxAttempts
  await untilDone(() => tell(way, notification, sendAs, { signal }), { signal, isFinal, firstPauseMs }).catch(
    (error: unknown) => {
      const fields = { event: 'alert.not-told', way: nameOf(way), error: messageOf(error) }
      log.error(fields, 'An alert could not be told')
    },
  )
}

export function notificationOf(
  { kind, key, text, sinceMs }: Alert,
  { say, translate }: Speech,
): Notification {
  const titles = {
    begun: say('moltbot needs you'),
    again: say('moltbot still needs you'),
    solved: say('moltbot: solved'),
  }
  const since = say('since {time}', { time: localTime(sinceMs) })
  return { kind, key, title: titles[kind], text: `${translate(text)}\n${since}` }
}

export function testNotification({ say }: Speech): Notification {
  const text = say('This is a test. Alerts of this gateway arrive here.')
  return { kind: 'test', key: 'test', title: say('moltbot: a test'), text }
}

/**
 * `alerts test`: sends a test each way that the configuration names, and says what became of it.
 */

import { type ChannelPlugin, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { testNotification } from '../alerts/watch.ts'
import { nameOf, tell } from '../alerts/ways.ts'
import { loadConfig } from '../config/load.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { speechIn } from '../language/speech-in.ts'
import { redact } from '../model/failures.ts'
import { useProxies } from '../network/outgoing.ts'
import { toSettings } from '../settings.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface AlertsOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  readonly config?: string
  readonly json?: true
}

/** 1 where one of them failed. @throws `no-alerts` where none is configured, and what is wrong with the configuration */
export async function testAlerts(options: AlertsOptions, output: Output): Promise<number> {
  const { stateDir, env, plugins, config, json } = options
  const channels = await plugins()
  const settings = toSettings(
    await loadConfig({ env, channels, ...(config !== undefined && { path: config }) }),
  )
  useProxies(settings.proxies)
  const { to, language } = settings.alerts
  if (to.length === 0)
    throw new MoltbotError('no-alerts', english('no way to tell you is configured; add one to alerts.to'))
  const notification = testNotification(await speechIn(language === 'en' ? 'en' : 'zh'))
  const sendAs = async (accountId: string, person: string, text: string) => {
    await connectGateway(stateDir).call('send', { accountId, to: person, text })
  }
  const { signal } = new AbortController()
  const results = await Promise.all(
    to.map(async (way) => {
      const problem = await tell(way, notification, sendAs, { signal }).then(() => undefined, messageOf)
      return {
        type: way.type,
        way: nameOf(way),
        ...(problem !== undefined && { problem: redact(problem, settings.secrets) }),
      }
    }),
  )
  show(output, json, results, () => results.map((one) => lineOf(one, output)))
  return results.some(({ problem }) => problem !== undefined) ? exitCodes.failed : exitCodes.fine
}

function lineOf(
  { type, way, problem }: { type: string; way: string; problem?: string },
  { say, translate }: Output,
): string {
  return problem === undefined
    ? say('{type} {way}: sent', { type, way })
    : say('{type} {way}: not sent: {reason}', { type, way, reason: translate(problem) })
}

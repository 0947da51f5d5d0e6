/**
 * OpenClaw resumes the runs that were under way when it was killed, and sends their answers by itself. The channel runs such
 * turns again, too, and knows what was sent: people would get two answers.
 */

import { type Logger, messageOf } from '@moltbot/channel-sdk'
import type { PluginRuntime, SessionEntry } from './host-api.ts'
import { hostChannelId } from './ids.ts'

type Host = Pick<PluginRuntime, 'config'> & { readonly agent: Pick<PluginRuntime['agent'], 'session'> }

/** The agent that OpenClaw has where none is configured. */
const soleAgent = 'main'

/** Leaves what was interrupted in this channel to the channel. Never rejects: an answer twice is better than none. */
export async function takeInterrupted(host: Host, log: Pick<Logger, 'warn'>): Promise<void> {
  const agents = host.config.current().agents?.list?.map(({ id }) => id) ?? [soleAgent]
  for (const agentId of agents) {
    try {
      await takeOf(agentId, host)
    } catch (error) {
      log.warn({ agentId, error: messageOf(error) }, 'OpenClaw may answer by itself what was cut off')
    }
  }
}

async function takeOf(agentId: string, { agent: { session } }: Host): Promise<void> {
  for (const { sessionKey, entry } of session.listSessionEntries({ agentId })) {
    if (!sessionKey.includes(`:${hostChannelId}:`) || !isCutOff(entry)) continue
    await session.patchSessionEntry({
      agentId,
      sessionKey,
      update: () => ({ status: 'killed', abortedLastRun: false }),
    })
  }
}

function isCutOff({ status, abortedLastRun }: SessionEntry): boolean {
  return status === 'running' || status === 'interrupted' || abortedLastRun === true
}

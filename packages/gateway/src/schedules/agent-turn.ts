/**
 * Runs the agent for a schedule: a turn in the chat's session that nobody has written.
 */

import type { ExplainedDecision, ReplyPiece, Turn } from '@moltbot/channel-sdk'
import type { Agent } from '../agent/types.ts'
import type { ExplainOrder } from '../control/target.ts'
import type { ClaimedRun } from './schedule.ts'
import { sendIdOf } from './schedule.ts'
import { scheduleToolNames } from './tool-names.ts'

export interface AgentTurnPorts {
  readonly runTurn: Agent['runTurn']
  readonly explain: (order: ExplainOrder) => Promise<ExplainedDecision>
  readonly channelOf: (accountId: string) => Promise<string>
}

/** Exchanges of the chat that the agent sees. */
const historyLimit = 10

const instruction =
  'Nobody is writing now: this message was scheduled earlier in this chat, and its time has come. Do what it says, and answer with the message to send. Ask nothing back.'

/**
 * The pieces of the answer. Files of a piece exist until the next piece is asked for.
 * @throws what the agent throws
 */
export async function* scheduledTurn(
  run: ClaimedRun,
  nowMs: number,
  { runTurn, explain, channelOf }: AgentTurnPorts,
  signal: AbortSignal,
): AsyncGenerator<ReplyPiece> {
  const { schedule, attempts } = run
  const { accountId, conversation, personId, content, tools } = schedule
  const sender = { id: personId || conversation.id }
  const request = { accountId, conversation, senderId: sender.id, mentioned: true, text: content.text }
  const id = sendIdOf(run)
  const turn: Turn = {
    id,
    attempt: attempts,
    channelId: await channelOf(accountId),
    accountId,
    conversation,
    sender,
    messages: [{ id, sender, text: content.text, timestampMs: nowMs }],
    systemPrompt: instruction,
    tools: [
      ...((await explain(request)).tools ?? []),
      // What is scheduled schedules nothing itself: it could grow without end.
      { deny: scheduleToolNames },
      ...(tools === undefined ? [] : [{ allow: tools }]),
    ],
    historyLimit,
  }
  yield* runTurn(turn, signal)
}

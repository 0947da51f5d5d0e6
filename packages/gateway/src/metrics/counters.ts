/**
 * Counters of events.
 */

import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import { codePattern, type GuardOwner, labelGuard, ownerLabels, toolPattern } from './labels.ts'
import type { CountedEvent, Owner } from './types.ts'

/** Of each label whose values are codes. */
const maxCodes = 100
const maxTools = 100
/** From an echo to the longest turn that a configuration is likely to allow. */
const turnBucketsSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300]

export function createCounters(
  registry: Registry,
  guardOwner: GuardOwner,
): (owner: Owner, event: CountedEvent) => void {
  const metrics = register(registry)
  const action = labelGuard(codePattern, maxCodes)
  const reason = labelGuard(codePattern, maxCodes)
  const outcome = labelGuard(codePattern, maxCodes)
  const tool = labelGuard(toolPattern, maxTools)
  return (owner, event) => {
    const own = guardOwner(owner)
    switch (event.type) {
      case 'message':
        return metrics.messages.inc({ ...own, action: action(event.action), reason: reason(event.reason) })
      case 'turn': // Clocks may be set back.
        metrics.turns.inc({ ...own, outcome: outcome(event.outcome) })
        return metrics.turnSeconds.observe(own, Math.max(0, event.durationMs) / 1_000)
      case 'send':
        return metrics.sends.inc({ ...own, outcome: outcome(event.outcome) })
      case 'again':
        return metrics.turnsAgain.inc(own)
      case 'model':
        return metrics.modelCalls.inc({ ...own, outcome: outcome(event.outcome) })
      case 'tokens':
        metrics.tokens.inc({ ...own, direction: 'read' }, event.read)
        return metrics.tokens.inc({ ...own, direction: 'written' }, event.written)
      case 'tool':
        return metrics.toolCalls.inc({ ...own, tool: tool(event.tool), outcome: outcome(event.outcome) })
    }
  }
}

function register(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, ...labels: Label[]) =>
    new Counter({ name, help, labelNames: [...ownerLabels, ...labels], registers: [registry] })
  return {
    messages: counter(
      'moltbot_messages_decided_total',
      'Messages received, by what was decided about them and why',
      'action',
      'reason',
    ),
    turns: counter('moltbot_turns_total', 'Turns that ended', 'outcome'),
    turnsAgain: counter(
      'moltbot_turns_again_total',
      'Turns that began again, after a crash or a stop had cut them off',
    ),
    turnSeconds: new Histogram({
      name: 'moltbot_turn_duration_seconds',
      help: 'How long turns took, from taking up the messages to the stored reply',
      labelNames: ownerLabels,
      buckets: turnBucketsSeconds,
      registers: [registry],
    }),
    sends: counter('moltbot_sends_total', 'Attempts to send a message part that ended', 'outcome'),
    modelCalls: counter('moltbot_model_calls_total', 'Answers asked of the model', 'outcome'),
    tokens: counter('moltbot_model_tokens_total', 'Tokens, as the model provider counts them', 'direction'),
    toolCalls: counter('moltbot_tool_calls_total', 'Calls of tools by the model', 'tool', 'outcome'),
  }
}

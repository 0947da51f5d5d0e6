/**
 * Runs a turn of the channel on OpenClaw's agent: route, context, dispatch, and the reply piece by piece. The host owns the
 * session, the model and the tools. What the channel has decided already is not decided here again.
 */

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReplyPiece, SessionOf, Turn, TurnMedia } from '@moltbot/channel-sdk'
import { type ChannelHost, type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { apologyNotice } from '../outbound/notices.ts'
import type { CutOffNotes } from './cut-off.ts'
import { outside } from './guard.ts'
import type {
  AgentRoute,
  DispatchPlan,
  InboundFacts,
  InboundMedia,
  OpenClawConfig,
  PluginRuntime,
  ReplyPayload,
} from './host-api.ts'
import { hostChannelId as channel, peerId } from './ids.ts'
import { confined } from './outbound.ts'
import { contextOf, pieceOf, textOf, toolPolicyOf } from './prompt.ts'

/** How the host's error begins when the tool policy of a run leaves no tool. The turn is run again, without tools. */
const noToolIsLeft = 'No callable tools remain'
const mediaKinds = { image: 'image', voice: 'audio', video: 'video', file: 'document' } as const

export interface TurnsOptions {
  readonly runtime: PluginRuntime
  readonly log: Logger
  readonly cutOff: CutOffNotes
}

interface Run {
  readonly place: SessionOf
  readonly route: AgentRoute
  readonly facts: InboundFacts
  readonly cfg: OpenClawConfig
  readonly signal: AbortSignal
  readonly blocks: boolean
  readonly onReply: (payload: ReplyPayload) => void
}

export class OpenClawTurns implements Pick<ChannelHost, 'runTurn' | 'noteCutOff' | 'resetSession'> {
  readonly #options: TurnsOptions
  /** The last work of each session: the host would put a second turn of a session that people share into the first. */
  readonly #sessions = new Map<string, Promise<void>>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  async *runTurn(turn: Turn, signal: AbortSignal): AsyncGenerator<ReplyPiece> {
    throwIfAborted(signal)
    const route = this.#routeOf(turn)
    const facts = await this.#factsOf(turn, route)
    const cfg = withHistoryLimit(this.#options.runtime.config.current(), turn)
    const pieces = new ReadableStream<ReplyPiece>({
      start: (stream) => {
        const onReply = (payload: ReplyPayload) => stream.enqueue(pieceOf(payload))
        const run = { place: turn, route, facts, cfg, signal, blocks: turn.blocks ?? false, onReply }
        this.#inOrder(route.sessionKey, () => this.#answer(run)).then(
          () => stream.close(),
          (error: unknown) => stream.error(error),
        )
      },
    })
    const roots = this.#sendableRoots(cfg, route)
    let isFirst = true
    for await (const reply of pieces) {
      const piece = await confined(reply, roots)
      // The host cuts replies at paragraphs and hands them over without the blank line.
      yield isFirst || piece.text === '' ? piece : { ...piece, text: `\n\n${piece.text}` }
      isFirst = false
    }
    this.#options.cutOff.forget(route.sessionKey)
  }

  async noteCutOff(turn: Turn, said: string): Promise<void> {
    this.#options.cutOff.add(this.#routeOf(turn).sessionKey, turn, said)
  }

  /** By the host's own command, so that it does all that belongs to the end of a session. */
  async resetSession(place: SessionOf): Promise<void> {
    const route = this.#routeOf(place)
    const body = '/reset'
    const facts: InboundFacts = {
      ...placeFacts(place, route),
      timestamp: Date.now(),
      message: { body, rawBody: body, bodyForAgent: body, commandBody: body },
      access: { commands: { authorized: true }, mentions: { canDetectMention: true, wasMentioned: true } },
      media: [],
      supplemental: { channelStructuredContext: [] },
    }
    const cfg = this.#options.runtime.config.current()
    const { signal } = new AbortController()
    const run = { place, route, facts, cfg, signal, blocks: false, onReply: () => {} }
    await this.#inOrder(route.sessionKey, () => this.#attempt(run, { disableTools: false }))
    this.#options.cutOff.forget(route.sessionKey)
  }

  /** Where a reply may take files of this machine from: the workspace of its agent, and what the host has stored. */
  #sendableRoots(cfg: OpenClawConfig, { agentId }: AgentRoute): string[] {
    const { agent, state } = this.#options.runtime
    return [agent.resolveAgentWorkspaceDir(cfg, agentId), join(state.resolveStateDir(), 'media')]
  }

  #routeOf({ accountId, conversation: { kind, id } }: SessionOf): AgentRoute {
    const { config, channel: helpers } = this.#options.runtime
    const peer = { kind, id: peerId(id) }
    return helpers.routing.resolveAgentRoute({ cfg: config.current(), channel, accountId, peer })
  }

  async #answer(run: Run): Promise<void> {
    const failure = await this.#attempt(run, { disableTools: false })
    if (failure === undefined) return
    const last = failure.startsWith(noToolIsLeft) ? await this.#attempt(run, { disableTools: true }) : failure
    if (last !== undefined) throw new MoltbotError('agent-failed', last, { notice: apologyNotice })
  }

  /** @returns why there is no answer. @throws an `AbortError` */
  async #attempt(
    run: Run,
    { disableTools }: { readonly disableTools: boolean },
  ): Promise<string | undefined> {
    const { place, route, facts, cfg, signal, blocks, onReply } = run
    const { events, channel: helpers } = this.#options.runtime
    throwIfAborted(signal)
    const runId = randomUUID()
    let shown: string | undefined
    let cause: string | undefined
    const unsubscribe = events.onAgentEvent(({ runId: id, stream, data }) => {
      if (id === runId && stream === 'lifecycle' && typeof data.error === 'string') cause = data.error
    })
    try {
      const plan: DispatchPlan = {
        cfg,
        channel,
        accountId: place.accountId,
        route,
        ctxPayload: helpers.inbound.buildContext(facts),
        replyOptions: { runId, abortSignal: signal, disableBlockStreaming: !blocks, disableTools },
        delivery: {
          deliver: async (payload, { kind }) => {
            if (payload.isError) shown = payload.text ?? 'the agent failed'
            else if (kind !== 'tool' && isReply(payload)) onReply(payload)
          },
          onError: (error) =>
            this.#options.log.error({ error: messageOf(error) }, 'OpenClaw did not hand over a reply'),
        },
      }
      await outside(() => helpers.inbound.dispatch(plan))
    } finally {
      unsubscribe()
    }
    throwIfAborted(signal)
    return shown && (cause ?? shown)
  }

  async #factsOf(turn: Turn, route: AgentRoute): Promise<InboundFacts> {
    const text = textOf(turn)
    const { systemPrompt } = turn
    const toolPolicy = toolPolicyOf(turn.tools)
    return {
      ...placeFacts(turn, route),
      timestamp: turn.messages.at(-1)?.timestampMs || Date.now(),
      // With an empty command body nothing that a person writes is a command or a directive of the host.
      message: { body: text, rawBody: text, bodyForAgent: text, commandBody: '' },
      access: {
        commands: { authorized: false },
        mentions: { canDetectMention: true, wasMentioned: true },
        ...(toolPolicy && { toolPolicy }),
      },
      media: await this.#mediaOf(turn),
      supplemental: {
        channelStructuredContext: [...this.#options.cutOff.contextOf(route.sessionKey), ...contextOf(turn)],
        ...(systemPrompt !== undefined && { groupSystemPrompt: systemPrompt }),
      },
    }
  }

  async #mediaOf({ messages, context = [] }: Turn): Promise<InboundMedia[]> {
    const carriers: { media?: readonly TurnMedia[] }[] = [
      ...context,
      ...messages.flatMap((message) => [message.quote ?? {}, message]),
    ]
    const saved: InboundMedia[] = []
    for (const { media = [] } of carriers) for (const file of media) saved.push(await this.#save(file))
    return saved
  }

  /** A copy in the host's own store: the agent may read no other place. */
  async #save({ path, name, mimeType, kind, sizeBytes }: TurnMedia): Promise<InboundMedia> {
    const { media } = this.#options.runtime.channel
    const copy = await media.saveMediaBuffer(await readFile(path), mimeType, 'inbound', sizeBytes, name)
    return {
      path: copy.path,
      contentType: copy.contentType ?? mimeType,
      kind: mediaKinds[kind],
      fileName: name,
    }
  }

  #inOrder<Result>(session: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.#sessions.get(session) ?? Promise.resolve()).then(work)
    const end = result.then(
      () => undefined,
      () => undefined,
    )
    this.#sessions.set(session, end)
    void end.then(() => {
      if (this.#sessions.get(session) === end) this.#sessions.delete(session)
    })
    return result
  }
}

function placeFacts({ accountId, conversation, sender }: SessionOf, route: AgentRoute) {
  const { agentId, sessionKey, mainSessionKey } = route
  return {
    channel,
    accountId,
    from: `${channel}:${sender.id}`,
    sender: { id: sender.id, ...(sender.label !== undefined && { name: sender.label }) },
    conversation: { kind: conversation.kind, id: conversation.id },
    route: { agentId, accountId, routeSessionKey: sessionKey, mainSessionKey },
    reply: { to: conversation.id, originatingTo: `${channel}:${conversation.id}` },
    channelIngress: 'unsupported',
  } as const
}

/** The host looks for the limit under the channel of the session, and finds nothing there: ours are under `wechat`. */
function withHistoryLimit(cfg: OpenClawConfig, { historyLimit }: Turn): OpenClawConfig {
  const limits = { dmHistoryLimit: historyLimit, historyLimit }
  return { ...cfg, channels: { ...cfg.channels, [channel]: limits } }
}

/** Of what the host hands over, the agent's answer: not its thoughts, and not the host's own notices. */
function isReply(payload: ReplyPayload): boolean {
  const { isReasoning, isCommentary, isStatusNotice, isCompactionNotice, isFallbackNotice } = payload
  return !(isReasoning || isCommentary || isStatusNotice || isCompactionNotice || isFallbackNotice)
}

/** As every host does, whatever the reason of the signal is. */
function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('the turn was aborted', 'AbortError')
}

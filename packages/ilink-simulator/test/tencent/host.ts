// The part of an OpenClaw host that Tencent's client talks to: it stores media and lets an agent reply.

import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** An inbound message as the client hands it to its host; only what the tests look at. */
export type Heard = {
  Body?: string
  From?: string
  MessageSidFull?: string
  MediaPath?: string
  MediaType?: string
  ReplyToId?: string
  ReplyToBody?: string
  ReplyToQuoteText?: string
}

type ToolEvent = { kind: 'tool'; phase: 'start' | 'end'; name: string; itemId: string; status?: string }
type ReplyOptions = { onItemEvent?: (event: ToolEvent) => void }
type Reply = { text?: string; mediaUrl?: string }

/** Answers a message; `useTool` reports one finished tool call on the way. */
export type Agent = (heard: Heard, useTool: (name: string) => void) => Reply[]

type Dispatcher = {
  deliver: (reply: Reply) => Promise<void>
  typingCallbacks: { start(): Promise<void>; stop(): Promise<void> }
  onError: (error: unknown, info: { kind: string }) => void
}
type Dispatch = { ctx: Heard; dispatcher: Dispatcher; replyOptions: ReplyOptions }

/** `heard` fills with what the client hands over. */
export function host(folder: string, agent: Agent = () => []) {
  const heard: Heard[] = []
  const channelRuntime = {
    commands: {},
    media: { saveMediaBuffer: (bytes: Buffer) => save(folder, bytes) },
    routing: {
      resolveAgentRoute: () => ({ agentId: 'main', sessionKey: 'main', mainSessionKey: 'main' }),
    },
    session: { resolveStorePath: () => folder, recordInboundSession: async () => {} },
    reply: {
      finalizeInboundContext: (context: Heard) => context,
      resolveHumanDelayConfig: () => undefined,
      createReplyDispatcherWithTyping: (dispatcher: Dispatcher) => ({
        dispatcher,
        replyOptions: {},
        markDispatchIdle: () => {},
      }),
      withReplyDispatcher: ({ run }: { run: () => Promise<void> }) => run(),
      dispatchReplyFromConfig: async ({ ctx, dispatcher, replyOptions }: Dispatch) => {
        await dispatcher.typingCallbacks.start()
        for (const reply of agent(ctx, (name) => reportTool(replyOptions, name)))
          await dispatcher.deliver(reply).catch((error) => dispatcher.onError(error, { kind: 'final' }))
        await dispatcher.typingCallbacks.stop()
        heard.push(ctx)
      },
    },
  }
  return { heard, channelRuntime }
}

async function save(folder: string, bytes: Buffer): Promise<{ path: string }> {
  const path = join(folder, 'media', randomUUID())
  await mkdir(join(folder, 'media'), { recursive: true })
  await writeFile(path, bytes)
  return { path }
}

function reportTool({ onItemEvent }: ReplyOptions, name: string): void {
  const call = { kind: 'tool', name, itemId: `call-${name}` } as const
  onItemEvent?.({ ...call, phase: 'start' })
  onItemEvent?.({ ...call, phase: 'end', status: 'completed' })
}

/**
 * `GET /api/events`: events as they come, as server-sent events (HTML Living Standard, 9.2). A client that names the last
 * event that it has seen gets those since; `missed` tells it that there were others, which are no longer kept or happened at
 * another gateway, so that it reads the status again.
 */

import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { EventHub, GatewayEvent } from '../events/event-hub.ts'

/** Keeps proxies and sleeping clients from taking a quiet connection for a dead one. */
const keepAliveMs = 15_000
/** A client that reads more slowly is cut off; it comes back and says what it has seen. */
const maxUnread = 500

/** @param over ends the stream @throws `too-many-listeners` */
export function streamEvents(
  context: Context,
  hub: Pick<EventHub, 'after' | 'listen'>,
  over?: AbortSignal,
): Response {
  const unread = new Unread()
  const stopListening = hub.listen(
    (event) => unread.add(event),
    () => unread.miss(),
  )
  const seen = lastSeenBy(context)
  const missedEvents = seen === undefined ? [] : hub.after(seen)
  return streamSSE(context, async (stream) => {
    const end = () => unread.end()
    stream.onAbort(end)
    over?.addEventListener('abort', end, { once: true })
    const told = async () => {
      if (missedEvents === undefined) unread.miss()
      for (const event of missedEvents ?? []) await write(stream, event)
      await stream.write(': listening\n\n')
      while (!stream.aborted && (await writeNext(stream, unread)));
    }
    try {
      // A write to a client that does not read ends with its connection only; its place is free at once.
      await Promise.race([told(), unread.over])
    } finally {
      over?.removeEventListener('abort', end)
      stopListening()
    }
  })
}

/** @returns false where the stream is over */
async function writeNext(stream: SSEStreamingApi, unread: Unread): Promise<boolean> {
  const events = await unread.take(keepAliveMs)
  if (events === undefined) return false
  const hasMissed = unread.takeMissed()
  if (hasMissed) await stream.writeSSE({ event: 'missed', data: '{}' })
  if (events.length === 0 && !hasMissed) await stream.write(': still here\n\n')
  for (const event of events) await write(stream, event)
  return true
}

/** A browser's `EventSource` sends the header by itself when it comes back. */
function lastSeenBy(context: Context): string | undefined {
  return context.req.header('last-event-id') ?? context.req.query('after')
}

function write(stream: SSEStreamingApi, { id, event, ...when }: GatewayEvent): Promise<void> {
  // The drawing is for terminals.
  const { terminal: _, ...told } = { terminal: undefined, ...event }
  return stream.writeSSE({ id, event: event.type, data: JSON.stringify({ ...when, ...told }) })
}

/** Events that one client has not read yet. */
class Unread {
  readonly #over = Promise.withResolvers<void>()
  #events: GatewayEvent[] = []
  #isOver = false
  #hasMissed = false
  #wake = () => {}

  /** Resolves when the client has gone, or has not read for too long. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  add(event: GatewayEvent): void {
    this.#events.push(event)
    if (this.#events.length > maxUnread) this.end()
    this.#wake()
  }

  /** There were events that do not come. However many, the client is told once. */
  miss(): void {
    this.#hasMissed = true
    this.#wake()
  }

  takeMissed(): boolean {
    const hasMissed = this.#hasMissed
    this.#hasMissed = false
    return hasMissed
  }

  end(): void {
    this.#isOver = true
    this.#over.resolve()
    this.#wake()
  }

  /** Those that there are, or the next ones; none after `ms` without one. Undefined where the stream is over. */
  async take(ms: number): Promise<readonly GatewayEvent[] | undefined> {
    if (this.#events.length === 0 && !this.#hasMissed && !this.#isOver) await this.#news(ms)
    const events = this.#events
    this.#events = []
    return this.#isOver ? undefined : events
  }

  async #news(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, ms).unref()
    await promise
    clearTimeout(timer)
  }
}

/**
 * What an agent yields, for as long as somebody wants it. Agents are foreign code, and may hang.
 */

import { withDeadline } from '@moltbot/channel-sdk'

/** Ends when the signal aborts, whatever the agent does then. @throws the signal's reason */
export async function* untilAborted<Piece>(
  pieces: AsyncIterable<Piece>,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const source = pieces[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await withDeadline(() => source.next(), { signal })
      if (done) return
      yield value
    }
  } finally {
    // Not waited for: it may hang. What it still says is ignored.
    void Promise.resolve(source.return?.()).catch(() => undefined)
  }
}

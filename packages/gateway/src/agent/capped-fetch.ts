/**
 * The `fetch` given to the libraries for models and MCP: bounds what a server can make the gateway hold in memory, and
 * keeps a key from following a redirect to another host.
 */

/** No text reply comes near it; the libraries' own limit is 2 GiB. */
export const maxReplyBytes = 8 * 1024 * 1024

/** As `fetch`, but a redirect is returned as it is and a body past {@link maxReplyBytes} fails. */
export async function cappedFetch(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
  const { body, status, statusText, headers } = await fetch(input, { ...init, redirect: 'manual' })
  const capped = body?.pipeThrough(capBytes(maxReplyBytes)) ?? null
  return new Response(capped, { status, statusText, headers })
}

function capBytes(maxBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) controller.error(new Error(`the reply is larger than ${maxBytes} bytes`))
      else controller.enqueue(chunk)
    },
  })
}

// One request with its answer, and how it is recorded.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Recorded, World } from '../state/world.ts'

export type Exchange = {
  world: World
  request: IncomingMessage
  response: ServerResponse
  url: URL
}

export function newRecord({ world, request, url }: Exchange, endpoint: Recorded['endpoint']): Recorded {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, `${value}`])
  return {
    atMs: world.clock.now(),
    endpoint,
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(headers),
    body: '',
    violations: [],
  }
}

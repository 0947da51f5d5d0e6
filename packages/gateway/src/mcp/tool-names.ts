/**
 * The names under which the tools of MCP servers are offered: `<server>_<tool>` in the characters and the length that
 * model APIs take. Scopes are written with these names, so each is stable and belongs to one server only.
 */

import { createHash } from 'node:crypto'
import { maxToolNameLength } from '../tools/tool.ts'

const hashLength = 8
const foreign = /[^\w-]/g
const foreignRun = /[^\w-]+/g
const ascii = /^[\x20-\x7e]*$/

/**
 * The name of each tool of one server, by its name there. Punctuation becomes `_`. A name that this leaves ambiguous, that
 * is too long or that has letters beyond ASCII gets a hash of the original: the same at every start.
 */
export function offeredNames(server: string, tools: readonly string[]): ReadonlyMap<string, string> {
  const plain = new Map(tools.map((tool) => [tool, `${server}_${tool.replaceAll(foreign, '_')}`]))
  const counts = Map.groupBy(plain.values(), (name) => name)
  const isAmbiguous = (tool: string, name: string) =>
    name !== `${server}_${tool}` && (counts.get(name)?.length ?? 0) > 1
  return new Map(
    Array.from(plain, ([tool, name]) => {
      const isPlain = ascii.test(tool) && name.length <= maxToolNameLength && !isAmbiguous(tool, name)
      return [tool, isPlain ? name : hashedName(server, tool)]
    }),
  )
}

function hashedName(server: string, tool: string): string {
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, hashLength)
  const room = maxToolNameLength - server.length - hash.length - '__'.length
  const readable = tool
    .replaceAll(foreignRun, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, room)
  return [server, readable, hash].filter((part) => part !== '').join('_')
}

/** The server to which a name belongs: of all servers, the one with the longest id before a `_` of the name. */
export function ownerOf(name: string, servers: Iterable<string>): string | undefined {
  const owners = [...servers].filter((id) => name.startsWith(`${id}_`))
  return owners.toSorted((one, other) => other.length - one.length)[0]
}

/** Pairs of servers of which the pattern `<first>_*` also matches every tool of the second. */
export function nestedServers(servers: readonly string[]): (readonly [outer: string, inner: string])[] {
  return servers.flatMap((outer) =>
    servers.filter((inner) => inner.startsWith(`${outer}_`)).map((inner) => [outer, inner] as const),
  )
}

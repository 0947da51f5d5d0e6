/**
 * One entry of `mcp.servers`: a program that the gateway starts, or a server that runs elsewhere.
 */

export type McpServerConfig = StdioServerConfig | HttpServerConfig

export interface StdioServerConfig {
  readonly command: string
  readonly args: readonly string[]
  /** May hold secrets. */
  readonly env: Readonly<Record<string, string>>
}

export interface HttpServerConfig {
  readonly url: string
  /** May hold secrets. */
  readonly headers: Readonly<Record<string, string>>
}

/** By the name that stands before the `_` of a tool's. */
export type McpServers = Readonly<Record<string, McpServerConfig>>

/** Every value that authenticates, or may: nothing that leaves the gateway shows them. */
export function secretsOfServers(servers: McpServers): string[] {
  return Object.values(servers).flatMap((server) =>
    Object.values('command' in server ? server.env : server.headers),
  )
}

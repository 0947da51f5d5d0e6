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

/** By the part before the `_` of a tool's name. */
export type McpServers = Readonly<Record<string, McpServerConfig>>

/** Environment variables are also paths and switches, which tools may speak of. */
const secretName = /key|token|secret|passw|pwd|auth|cred|cookie/i

/** The values that authenticate: the model sees them as little as a person does. */
export function secretsOfServer(server: McpServerConfig): string[] {
  if (!('command' in server)) return Object.values(server.headers)
  return Object.entries(server.env).flatMap(([name, value]) => (secretName.test(name) ? [value] : []))
}

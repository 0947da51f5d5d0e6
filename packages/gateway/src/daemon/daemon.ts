/**
 * What keeps a gateway running: the facts that go into a unit of systemd or a property list of launchd.
 */

import { dirname } from 'node:path'

export interface Daemon {
  /** Absolute path of the Node that runs it. */
  readonly node: string
  /** Absolute path of `bin/moltbot.js`. */
  readonly bin: string
  readonly config: string
  readonly stateDir: string
  /** Folders that it has to write to. */
  readonly writable: readonly string[]
  /** Certificates that Node is to trust as well. */
  readonly caFile?: string
  /** The user of a service of the whole machine; undefined: a service of whoever installs it. */
  readonly user?: string
}

/** The first line tells a file of ours from that of a person. */
export const ownMark = 'Written by moltbot gateway install; moltbot gateway uninstall removes it.'

/** Programs that puppets and MCP servers start are looked for there, after the folder of Node. */
const usualPath = '/usr/local/bin:/usr/bin:/bin'

/** The variables that it starts with; it reads all others from `.env`. */
export function environmentOf({ node, stateDir, caFile }: Daemon): [string, string][] {
  return [
    ['MOLTBOT_STATE_DIR', stateDir],
    ['PATH', `${dirname(node)}:${usualPath}`],
    // Node reads it before the gateway reads `.env`.
    ...(caFile === undefined ? [] : [['NODE_EXTRA_CA_CERTS', caFile] satisfies [string, string]]),
  ]
}

/**
 * What keeps a gateway running: the facts that go into a unit of systemd or a property list of launchd.
 */

export interface Daemon {
  /** Absolute path of the Node that runs it. */
  readonly node: string
  /** Absolute path of `bin/moltbot.js`. */
  readonly bin: string
  readonly config: string
  readonly stateDir: string
  /** Folders that it has to write to. */
  readonly writable: readonly string[]
  /** The user of a service of the whole machine; undefined: a service of whoever installs it. */
  readonly user?: string
}

/** The first line tells a file of ours from that of a person. */
export const ownMark = 'Written by moltbot gateway install; moltbot gateway uninstall removes it.'

/** Programs that puppets and MCP servers start are looked for there, after the folder of Node. */
export const usualPath = '/usr/local/bin:/usr/bin:/bin'

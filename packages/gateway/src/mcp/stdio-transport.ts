/**
 * MCP over the standard streams of a child process: a line of JSON for each message. The AI SDK's own transport holds
 * lines of any length in memory and leaves processes behind that do not listen to SIGTERM.
 */

import type { ChildProcess } from 'node:child_process'
import type { MCPTransport } from '@ai-sdk/mcp'
import { messageOf } from '@moltbot/channel-sdk'
import { endGroup, spawnGroup } from './process-group.ts'
import type { StdioServerConfig } from './types.ts'

export interface StdioTransportOptions {
  readonly server: StdioServerConfig
  /** Checks what came over the wire. */
  readonly parse: (message: unknown) => Parameters<NonNullable<MCPTransport['onmessage']>>[0]
  /** The process is of no more use: why, in words for the operator. The first call counts. */
  readonly onEnd: (reason: string) => void
  /** Told of what is no message. */
  readonly onNoise: (text: string) => void
  /** The server announces that its tools have changed, which the AI SDK's client does not take. */
  readonly onListChanged: () => void
}

const listChanged = 'notifications/tools/list_changed'
/** A message in either direction, and what may wait to be written. */
const maxMessageBytes = 8 * 1024 * 1024
const graces = { askedMs: 100, toldMs: 250 }
/** Of what the process wrote to its standard error last. */
const maxComplaintLength = 300

/** Variables of the gateway's environment that a server sees: none of them is secret. */
const inheritedVariables: readonly string[] = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'],
  ...['APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'SYSTEMROOT', 'SYSTEMDRIVE', 'TEMP', 'PATHEXT', 'COMSPEC'],
]

export function stdioTransport(options: StdioTransportOptions): MCPTransport {
  const { server, parse, onEnd, onNoise, onListChanged } = options
  let child: ChildProcess | undefined
  let complaint = ''

  const receive = (line: string) => {
    try {
      const message = parse(JSON.parse(line))
      if ('method' in message && message.method === listChanged) onListChanged()
      else transport.onmessage?.(message)
    } catch (error) {
      onNoise(messageOf(error))
    }
  }
  const giveUp = (reason: string) => {
    onEnd(reason)
    void transport.close()
  }

  const transport: MCPTransport = {
    supportsProtocolVersionDiscovery: true,
    start: async () => {
      const started = spawnGroup(server.command, server.args, {
        env: environmentFor(server.env),
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      child = started
      started.stdout?.on(
        'data',
        lineReader(receive, () => giveUp('it sent a message that is too large')),
      )
      started.stderr?.on('data', (chunk: Buffer) => {
        complaint = (complaint + chunk).slice(-maxComplaintLength)
      })
      // What follows a broken pipe is the end of the process.
      started.stdin?.on('error', (error) => onNoise(messageOf(error)))
      started.once('close', (code, signal) => {
        onEnd(`it ended (${signal ?? `exit code ${code}`}): ${complaint.trim() || 'no message'}`)
        transport.onclose?.()
      })
      await spawned(started)
    },
    send: async (message) => {
      const stdin = child?.stdin
      if (!stdin?.writable) throw new Error('the server has ended')
      const line = `${JSON.stringify(message)}\n`
      if (stdin.writableLength + line.length > maxMessageBytes) throw new Error('the server does not read')
      stdin.write(line)
    },
    close: async () => {
      if (child !== undefined) await endGroup(child, graces)
    },
  }
  return transport
}

function spawned(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('spawn', resolve).on('error', reject)
  return promise
}

function environmentFor(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = inheritedVariables.map((name) => [name, process.env[name]])
  return { ...Object.fromEntries(inherited.filter(([, value]) => value !== undefined)), ...own }
}

/** Takes chunks and gives whole lines, until one is longer than {@link maxMessageBytes}. */
function lineReader(onLine: (line: string) => void, onTooLong: () => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let bytes = 0
  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const line = Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8')
      parts = []
      bytes = 0
      start = end + 1
      if (line.trim() !== '') onLine(line)
    }
    parts.push(chunk.subarray(start))
    bytes += chunk.length - start
    if (bytes <= maxMessageBytes) return
    parts = []
    bytes = 0
    onTooLong()
  }
}

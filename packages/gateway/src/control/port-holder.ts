/**
 * Who listens on a TCP port, as far as Linux lets this user see: the socket's inode from /proc/net/tcp, then the
 * process that has it open (proc(5)). Elsewhere no process is named.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

const listening = '0A'

/** E.g. `node (pid 4711)`; undefined where it is unknown. */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return undefined
  const pid = readable(() => readdirSync('/proc'), [])
    .filter((name) => /^\d+$/.test(name))
    .find((name) => holdsSocket(name, inodes))
  if (pid === undefined) return undefined
  // The program's file: what the process calls itself is "MainThread" for every Node.
  return `${readable(() => basename(readlinkSync(`/proc/${pid}/exe`)), 'a process')} (pid ${pid})`
}

function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return readable(() => readFileSync(table, 'utf8'), '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === listening && local?.endsWith(`:${hexPort}`))
    .flatMap((fields) => fields[9] ?? [])
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`
  return readable(() => readdirSync(folder), []).some((fd) => {
    const target = readable(() => readlinkSync(`${folder}/${fd}`), '')
    return inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')
  })
}

/** Processes end while they are looked at and other users' are closed to us: both mean "not seen". */
function readable<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}

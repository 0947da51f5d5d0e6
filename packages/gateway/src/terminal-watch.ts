/**
 * Whether the terminal in which this process was started has been closed. SIGHUP alone does not say so: it also is the
 * traditional request to read the configuration again.
 */

import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

const standardStreams = [0, 1, 2]

/**
 * Remembers the terminal that the process has now.
 * @returns says whether that terminal is gone; always false for a process that was started without one, as by systemd or
 * `nohup`. On Windows SIGHUP is sent by a console that closes and by nothing else, so it is always true there.
 */
export function watchTerminal(): () => boolean {
  if (process.platform === 'win32') return () => true
  const terminals = standardStreams.filter((fd) => isatty(fd))
  if (terminals.length === 0) return () => false
  const hadSession = hasControllingTerminal()
  return () => terminals.some((fd) => !isatty(fd)) || (hadSession && !hasControllingTerminal())
}

/** A session keeps its terminal until its first process, usually a shell, ends. */
function hasControllingTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/**
 * Notices that a file of the configuration was saved. By looking twice a second: that also sees files that editors
 * replace, links that a container's platform moves on, and network folders, where events do not come.
 */

import { type Stamp, stampFile } from './read-file.ts'

export interface FileWatcher {
  close(): void
}

const lookEveryMs = 500
/** An editor may write in several steps, and several files may be saved at once. */
const settleMs = 200

/**
 * Calls `onChange` once for changes that come together. Does not keep the process alive.
 * @param read the state in which each file was read: what has changed since is found too
 */
export function watchFiles(read: ReadonlyMap<string, Stamp>, onChange: () => void): FileWatcher {
  const known = new Map(read)
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const later = (waitMs: number, step: () => void) => {
    if (!closed) timer = setTimeout(step, waitMs).unref()
  }
  const look = async () => {
    let changed = false
    for (const [file, stamp] of known) {
      const now = await stampFile(file)
      known.set(file, now)
      changed ||= now !== stamp
    }
    if (changed) later(settleMs, settled)
    else later(lookEveryMs, look)
  }
  const settled = () => {
    later(lookEveryMs, look)
    onChange()
  }
  later(lookEveryMs, look)
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

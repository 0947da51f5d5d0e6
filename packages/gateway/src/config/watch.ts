/**
 * Notices that a file of the configuration was saved. By looking at it twice a second: that also sees files that
 * editors replace, links that a container's platform moves on, and network folders, where events do not come.
 */

import { type StatsListener, unwatchFile, watchFile } from 'node:fs'

export interface FileWatcher {
  close(): void
}

const lookEveryMs = 500
/** An editor may write in several steps, and several files may be saved at once. */
const settleMs = 200

/** Calls `onChange` once for changes that come together. Does not keep the process alive. */
export function watchFiles(files: readonly string[], onChange: () => void): FileWatcher {
  let settling: NodeJS.Timeout | undefined
  const look: StatsListener = (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.size === before.size && now.ino === before.ino) return
    clearTimeout(settling)
    settling = setTimeout(onChange, settleMs).unref()
  }
  for (const file of files) watchFile(file, { interval: lookEveryMs, persistent: false }, look)
  return {
    close: () => {
      clearTimeout(settling)
      for (const file of files) unwatchFile(file, look)
    },
  }
}

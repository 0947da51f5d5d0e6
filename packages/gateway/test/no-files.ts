/**
 * A gateway that has no files, for tests of what is made from its status.
 */

import type { FilesUsage } from '../src/files/usage.ts'

export const noFiles: FilesUsage = {
  disk: { limit: 4 * 1024 ** 3, inUse: 0, spare: 0, refused: 0, deleted: 0 },
  memory: { limit: 512 * 1024 ** 2, inUse: 0, waiting: 0 },
}

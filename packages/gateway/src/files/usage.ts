/**
 * What files take now, on the disk and in memory, for the status and the metrics.
 */

import type { DiskBudget } from '@moltbot/channel-sdk'
import { turnsMemory } from './turn-memory.ts'

/** Bytes; counts since the start of the process. */
export interface FilesUsage {
  readonly disk: {
    /** `media.maxDiskMb`. */
    readonly limit: number
    /** Files of running turns, and files that wait to be sent. */
    readonly inUse: number
    /** Files that are deleted when their room is needed. */
    readonly spare: number
    /** Files that were refused because there was no room. */
    readonly refused: number
    /** Spare files that were deleted. */
    readonly deleted: number
  }
  readonly memory: {
    readonly limit: number
    /** Files that running turns hold for a model. */
    readonly inUse: number
    /** Turns that wait for others to end. */
    readonly waiting: number
  }
}

export function filesUsage(disk: DiskBudget): FilesUsage {
  const { limit, held, spare, refused, removed } = disk
  return {
    disk: { limit, inUse: held, spare, refused, deleted: removed },
    memory: { limit: turnsMemory.limit, inUse: turnsMemory.held, waiting: turnsMemory.waiting },
  }
}

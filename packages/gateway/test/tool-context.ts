/**
 * What a tool gets of its turn, for tests of single tools.
 */

import { Capacity, DiskBudget, type ReplyMedia } from '@moltbot/channel-sdk'
import { ProducedFiles } from '../src/files/produced-files.ts'
import { TurnFolder } from '../src/files/turn-folder.ts'
import { TurnMemory } from '../src/files/turn-memory.ts'
import type { ToolContext } from '../src/tools/tool.ts'
import { scratch } from './scratch.ts'

/** @param sent takes what the tool attaches */
export function toolContext(
  sent: ReplyMedia[] = [],
  { memoryBytes = 100_000_000, disk = new DiskBudget() } = {},
): ToolContext & { readonly made: ProducedFiles } {
  const { signal } = new AbortController()
  const folder = new TurnFolder(scratch(), disk)
  const memory = new TurnMemory(new Capacity(memoryBytes), signal)
  const made = new ProducedFiles({ folder, memory, takesImages: true, signal })
  return {
    signal,
    made,
    attach: (media) => sent.push(media),
    files: {
      produce: (file) => made.add(file),
      produced: (name) => made.path(name),
      copy: (content, maxBytes, copySignal) => folder.store(content, maxBytes, copySignal),
    },
  }
}

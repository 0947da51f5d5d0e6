/**
 * Changes to a source text. Rendering is the source with a few places replaced, so what no rule touches stays exactly
 * as the model wrote it.
 */

export interface Edit {
  /** Offsets into the source. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The source from `start` to `end` with the edits that lie there. Of those that overlap, the one that begins first holds. */
export function applyEdits(source: string, edits: readonly Edit[], start = 0, end = source.length): string {
  let result = ''
  let at = start
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (edit.end < at || (edit.end === at && edit.start < at)) continue
    result += source.slice(at, Math.max(at, edit.start)) + edit.text
    at = edit.end
  }
  return result + source.slice(at, end)
}

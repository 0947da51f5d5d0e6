/**
 * Texts cut to a length.
 */

const omission = '…'

/** At most `maxLength` UTF-16 units, the last of them `…` where something is missing; no surrogate pair is torn. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const end = maxLength - omission.length
  const tears = (text.codePointAt(end - 1) ?? 0) > 0xffff
  return text.slice(0, tears ? end - 1 : end) + omission
}

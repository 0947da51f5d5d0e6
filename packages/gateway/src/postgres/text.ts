/**
 * Text of PostgreSQL cannot contain U+0000, which people and puppets may send. It is escaped on the way in and read back on
 * the way out. The escape character is U+001A (SUBSTITUTE), which is itself escaped.
 */

export function escapeText(text: string): string {
  return text.replaceAll('\u001a', '\u001a1').replaceAll('\0', '\u001a0')
}

export function unescapeText(text: string): string {
  return text.replaceAll('\u001a0', '\0').replaceAll('\u001a1', '\u001a')
}

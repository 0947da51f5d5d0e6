/**
 * Turns file names from the network into names that are safe to show and to store files under.
 */
const maxNameBytes = 160
const maxExtensionCharacters = 16
// Control and format characters (line breaks, zero-width, changes of writing direction), unpaired surrogates, private use.
const invisible = /[\p{C}\u2028\u2029]/gu
const reservedByFileSystems = /[<>:"|?*]/g
const dotsAndSpacesAtTheEnds = /^[.\s]+|[.\s]+$/g

/**
 * The last part of `name` without anything that could lead out of a folder, hide or deceive; at most 160 bytes of
 * UTF-8, its extension kept. Letters of every script stay.
 * @param fallback the name when nothing is left
 */
export const safeFileName = (name: string, fallback = 'file'): string => {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const clean = trimmed(last.replace(invisible, '').replace(reservedByFileSystems, '_'))
  const dot = clean.lastIndexOf('.')
  const hasExtension = dot > 0 && clean.length - dot <= maxExtensionCharacters
  const extension = hasExtension ? clean.slice(dot) : ''
  const stem = hasExtension ? clean.slice(0, dot) : clean
  return trimmed(cut(stem, maxNameBytes - Buffer.byteLength(extension)) + extension) || fallback
}

const trimmed = (text: string): string => text.replace(dotsAndSpacesAtTheEnds, '')

/** The longest start of `text` that fits, whole code points only. */
const cut = (text: string, maxBytes: number): string => {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}

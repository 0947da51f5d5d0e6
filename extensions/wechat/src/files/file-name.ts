/**
 * Makes the names of files from strangers safe to display and to store.
 */

const longestName = 120

/** Returns the last part of a path, without control characters, direction marks and leading dots. Never empty. */
export function safeFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const clean = base
    .replaceAll(/[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+/, '')
    .trim()
  return shortened(clean) || 'file'
}

/** Shortens a name and keeps its extension. */
function shortened(name: string): string {
  const letters = [...name]
  if (letters.length <= longestName) return name
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  return letters.slice(0, longestName - extension.length).join('') + extension
}

/**
 * Names of files that strangers send, made safe to show and to keep.
 */

const longestName = 120

/** The last part of a path, without control characters, direction marks and leading dots; never empty. */
export function safeFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const clean = base
    .replaceAll(/[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+/, '')
    .trim()
  return shortened(clean) || 'file'
}

/** Keeps the extension, which says what a person may do with the file. */
function shortened(name: string): string {
  const letters = [...name]
  if (letters.length <= longestName) return name
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  return letters.slice(0, longestName - extension.length).join('') + extension
}

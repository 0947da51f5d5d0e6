/**
 * Models answer with zero-width characters alone now and then, and a chat would show an empty message.
 */

/** Not white space, not a control or format character that is never drawn, not half a character, not the blank Braille cell. */
const visible =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Control}\p{Surrogate}\p{Unassigned}\u2800\ufff9-\ufffb]/u

/**
 * Whether a reader sees anything of a text.
 *
 * @example
 * ```ts
 * hasVisibleText('\u200b\n') // false
 * ```
 */
export function hasVisibleText(text: string): boolean {
  return visible.test(text)
}

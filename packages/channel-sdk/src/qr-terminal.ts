/**
 * A QR code for a terminal. Two rows of modules share a line: a half block is the upper one, the background the lower.
 */

/** Black on white whatever the theme: these two of the 256 colours are the same everywhere. */
const blackOnWhite = '\u001b[38;5;16;48;5;231m'
const reset = '\u001b[0m'
/** By the upper and the lower half, 1 where it is drawn. */
const blocks = [
  [' ', '▄'],
  ['▀', '█'],
] as const

export interface QrOptions {
  /**
   * Writes the colours, so that the code can be scanned on light and dark terminals. Without them it is drawn for a
   * dark one. Defaults to what `NO_COLOR` allows (no-color.org).
   */
  readonly colours?: boolean
}

/** @param modules rows of a code with its quiet zone; true is dark */
export function drawModules(
  modules: readonly (readonly boolean[])[],
  { colours = !process.env.NO_COLOR }: QrOptions = {},
): string {
  const lines: string[] = []
  for (let row = 0; row < modules.length; row += 2) {
    const upper = modules[row] ?? []
    const lower = modules[row + 1] ?? []
    const isInk = (dark = false) => (dark === colours ? 1 : 0)
    const text = upper.map((dark, column) => blocks[isInk(dark)][isInk(lower[column])]).join('')
    lines.push(colours ? `${blackOnWhite}${text}${reset}` : text)
  }
  return lines.join('\n')
}

import jsqr from 'jsqr'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { drawQr } from './qr.ts'

type Colour = readonly [red: number, green: number, blue: number]

const black: Colour = [0, 0, 0]
const white: Colour = [255, 255, 255]
const themes = {
  dark: { ink: [204, 204, 204], paper: [30, 30, 30] },
  light: { ink: [40, 40, 40], paper: [253, 246, 227] },
} as const satisfies Record<string, { ink: Colour; paper: Colour }>
type Theme = (typeof themes)[keyof typeof themes]

/** Only the sequences that a drawing may use; any other fails the test. */
function colours(sequence: string, theme: Theme): { ink: Colour; paper: Colour } {
  if (sequence === '0') return theme
  expect(sequence).toBe('38;5;16;48;5;231')
  return { ink: black, paper: white }
}

/** The upper and the lower half of a character cell. */
const halves: Readonly<Record<string, readonly [boolean, boolean]>> = {
  ' ': [false, false],
  '▀': [true, false],
  '▄': [false, true],
  '█': [true, true],
}

/** What a terminal shows, two rows of colours for each line. */
function shown(text: string, theme: Theme): Colour[][] {
  return text.split('\n').flatMap((line) => {
    const [plain = '', ...sequences] = line.split('\u001b[')
    const runs = sequences.map((run) => {
      const [sequence = '', after = ''] = run.split(/m(.*)/s)
      return cells(after, colours(sequence, theme))
    })
    const all = [cells(plain, theme), ...runs].flat()
    return [all.map(([upper]) => upper), all.map(([, lower]) => lower)]
  })
}

function cells(text: string, { ink, paper }: { ink: Colour; paper: Colour }): [Colour, Colour][] {
  return [...text].map((character) => {
    const [up, down] = halves[character] ?? []
    return [up ? ink : paper, down ? ink : paper]
  })
}

const pixelsPerModule = 4

/** As a camera would, with some of the terminal around. */
function scan(
  text: string,
  theme: Theme,
  inversionAttempts: 'dontInvert' | 'attemptBoth',
): string | undefined {
  const rows = shown(text, theme)
  const margin = 6
  const width = (rows[0]?.length ?? 0) + 2 * margin
  const height = rows.length + 2 * margin
  const pixels = Array.from({ length: height * pixelsPerModule }, (_, y) =>
    Array.from({ length: width * pixelsPerModule }, (_, x) => {
      const row = rows[Math.floor(y / pixelsPerModule) - margin]
      const [red, green, blue] = row?.[Math.floor(x / pixelsPerModule) - margin] ?? theme.paper
      return [red, green, blue, 255]
    }),
  )
  const data = Uint8ClampedArray.from(pixels.flat(2))
  return jsqr(data, width * pixelsPerModule, height * pixelsPerModule, { inversionAttempts })?.data
}

const link = 'https://liteapp.weixin.qq.com/q/7GiQu1?qrcode=0123456789abcdef0123456789abcdef&bot_type=3'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a QR code in a terminal', () => {
  it.each(Object.entries(themes))('can be scanned on a %s theme', (_, theme) => {
    vi.stubEnv('NO_COLOR', '')
    expect(scan(drawQr(link), theme, 'dontInvert')).toBe(link)
  })

  it.each(Object.entries(themes))('ends each line in the colours of a %s theme', (_, theme) => {
    vi.stubEnv('NO_COLOR', '')
    for (const line of drawQr(link).split('\n'))
      expect(shown(`${line} `, theme).map((row) => row.at(-1))).toEqual([theme.paper, theme.paper])
  })

  it('is drawn for a dark theme where colours are not wanted', () => {
    vi.stubEnv('NO_COLOR', '1')
    expect(drawQr(link)).not.toContain('\u001b')
    expect(scan(drawQr(link), themes.dark, 'dontInvert')).toBe(link)
    expect(scan(drawQr(link), themes.light, 'attemptBoth')).toBe(link)
  })
})

/**
 * Reads the text of a file whose encoding nobody declares: UTF-8, UTF-16, GBK and GB18030, Big5. Chinese Windows saves
 * "ANSI", which is GBK, and "Unicode", which is UTF-16. The content decides, since names and declared types are wrong
 * too often; content that no encoding makes a plausible text of is binary.
 */

/** An encoding that nothing in the bytes announces. */
interface Guess {
  readonly encoding: string
  /** How much of what is not ASCII reads as common writing, from 0 to 1. */
  readonly commonShare: (bytes: Uint8Array) => number
  /** The smallest share that is believed. */
  readonly leastShare: number
}

/** Of equally plausible ones the first is taken. */
const guesses: readonly Guess[] = [
  { encoding: 'gb18030', commonShare: (bytes) => shareOfPairs(bytes, isCommonGb), leastShare: 0.5 },
  { encoding: 'big5', commonShare: (bytes) => shareOfPairs(bytes, isCommonBig5), leastShare: 0.8 },
  { encoding: 'utf-16le', commonShare: (bytes) => shareOfUnits(bytes, 1), leastShare: 0.9 },
  { encoding: 'utf-16be', commonShare: (bytes) => shareOfUnits(bytes, 0), leastShare: 0.9 },
]

/** Fewer bytes of UTF-16 without a mark can be anything. */
const leastUtf16Bytes = 8
/** A text that has no common characters is still believed to be GB18030 if it is valid over so many bytes. */
const longEnoughToTell = 64

const byteOrderMarks: readonly (readonly [start: RegExp, encoding: string])[] = [
  [/^efbbbf/, 'utf-8'],
  [/^fffe/, 'utf-16le'],
  [/^feff/, 'utf-16be'],
  [/^84319533/, 'gb18030'],
]

/**
 * @param bytes the file or its beginning; a character that the end cuts in two is left out
 * @returns the text without its byte order mark; undefined for what is no text
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  const marked = byteOrderMarks.find(([mark]) => mark.test(start))
  if (marked !== undefined) return decode(bytes, marked[1])
  return decode(bytes, 'utf-8') ?? likeliest(bytes)
}

function likeliest(bytes: Uint8Array): string | undefined {
  const readings = guesses.flatMap(({ encoding, commonShare, leastShare }) => {
    const text = decode(bytes, encoding)
    if (text === undefined) return []
    const share = commonShare(bytes)
    const enough = share >= leastShare || (encoding === 'gb18030' && bytes.length >= longEnoughToTell)
    return enough ? [{ text, share }] : []
  })
  return readings.toSorted((one, other) => other.share - one.share)[0]?.text
}

/** Control characters other than white space and ANSI escapes, private use, and code points that mean no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins colours in a log file.
const notText = /(?![\t\n\v\f\r\u001b])[\p{Cc}\p{Co}\p{Cn}]/u
const notAscii = /[^\0-\x7f]/gu
/** What a decoder puts in the place of bytes that are no character. */
const replacement = /\ufffd/g
/** Of the characters that are not ASCII, how many may be damaged. */
const maxDamagedShare = 0.15

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  const text = new TextDecoder(encoding).decode(bytes, { stream: true })
  const damaged = countOf(replacement, text)
  if (damaged > 0 && damaged > countOf(notAscii, text) * maxDamagedShare) return undefined
  return notText.test(text) ? undefined : text
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0
}

type IsCommon = (lead: number, trail: number) => boolean

/** The 3,755 characters of GB 2312's first level, which make up nearly all of what is written, and its punctuation. */
const isCommonGb: IsCommon = (lead, trail) =>
  trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3))

/** The same of Big5, 5,401 characters. */
const isCommonBig5: IsCommon = (lead) => lead >= 0xa1 && lead <= 0xc6

function shareOfPairs(bytes: Uint8Array, isCommon: IsCommon): number {
  let pairs = 0
  let common = 0
  for (let at = 0; at + 1 < bytes.length; at++) {
    const lead = bytes[at] ?? 0
    const trail = bytes[at + 1] ?? 0
    if (lead < 0x80) continue
    pairs++
    if (isCommon(lead, trail)) common++
    if (trail >= 0x30) at += trail <= 0x39 ? 3 : 1 // The second of GB18030's four bytes is a digit.
  }
  return pairs === 0 ? 0 : common / pairs
}

/** ASCII, punctuation, CJK symbols, unified ideographs, full-width forms. */
const commonUnit = /[\t\n\r -~\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/

function shareOfUnits(bytes: Uint8Array, highByte: 0 | 1): number {
  if (bytes.length < leastUtf16Bytes || bytes.length % 2 > 0) return 0
  let common = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const unit = ((bytes[at + highByte] ?? 0) << 8) | (bytes[at + 1 - highByte] ?? 0)
    if (commonUnit.test(String.fromCharCode(unit))) common++
  }
  return (2 * common) / bytes.length
}

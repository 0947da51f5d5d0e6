import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { decodeText } from './text-encoding.ts'

/** Characters of everyday texts, each set with what only it has. */
const simplified =
  '的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感'
const traditional =
  '的一是了我不人在他有這上們來到時大地為子中你說生國年著就那和要她出也得裡後自以會家可下而過天去能對小多然於心學麼之都好看起發當沒成只如事把還用第樣道想作種開美總從無情己面最女但現前些所同日手又行意動方期它頭經長兒回位分愛老因很給名法間斯知世什兩次使身者被高已親其進此話常與活正感'

/** Lines as people write them: words, numbers, commas, line ends. */
function texts(han: string): fc.Arbitrary<string> {
  const word = fc.array(fc.constantFrom(...han), { minLength: 4, maxLength: 12 })
  const piece = fc.tuple(word, fc.constantFrom('，', '。', ',', '\r\n', ' 12', '：', ''))
  return fc
    .array(piece, { minLength: 3, maxLength: 40 })
    .map((pieces) => pieces.map(([letters, end]) => letters.join('') + end).join(''))
}

const withMark = (encoding: string, text: string) => iconv.encode(text, encoding, { addBOM: true })
const bare = (encoding: string, text: string) => iconv.encode(text, encoding, { addBOM: false })

describe('a Chinese text comes back as it was written', () => {
  it.each([
    ['UTF-8', simplified, bare, 'utf8'],
    ['UTF-8 with a byte order mark', traditional, withMark, 'utf8'],
    ['UTF-16, little-endian, with a mark', simplified, withMark, 'utf16le'],
    ['UTF-16, big-endian, with a mark', traditional, withMark, 'utf16be'],
    ['UTF-16, little-endian', simplified, bare, 'utf16le'],
    ['UTF-16, big-endian', simplified, bare, 'utf16be'],
    ['GBK', simplified, bare, 'gbk'],
    ['GB18030', simplified, bare, 'gb18030'],
    ['Big5', traditional, bare, 'big5'],
  ] as const)('from %s', (_name, han, encode, encoding) => {
    fc.assert(
      fc.property(texts(han), (text) => {
        expect(decodeText(encode(encoding, text))).toBe(text)
      }),
    )
  })

  it.each([
    ['gbk', '姓名,数量\r\n张三,12\r\n'],
    ['gbk', '张三'],
    ['gbk', '你好'],
    ['gbk', '收到。'],
    ['gbk', '公告：请各单位注意 B'],
    ['gbk', 'name,城市\r\nAnn,北京\r\n'],
    ['big5', '姓名,數量\r\n張三,12\r\n'],
    ['big5', '公告：請各單位注意 B'],
    ['big5', '會議改到下午三點'],
    ['gb18030', '𠮷野家今天开门，价格 €12'],
    ['gb18030', '镕喆珺翀'.repeat(20)],
    ['utf16le', 'only ASCII letters\r\n'],
    ['utf16be', 'Ann,12\r\n'],
  ])('from %s: %s', (encoding, text) => {
    expect(decodeText(bare(encoding, text))).toBe(text)
  })

  it('without a character that the end of the bytes cuts in two', () => {
    for (const encoding of ['utf8', 'gbk']) {
      const bytes = bare(encoding, '会议改到下午三点开始')
      expect(decodeText(bytes.subarray(0, -1))).toBe('会议改到下午三点开')
    }
  })
})

describe('a text with a damaged byte', () => {
  it.each(['utf8', 'gbk'])('is read in %s, and shows where', (encoding) => {
    const [before, after] = ['會議改到下午三點開始，地點不變', '請準時參加，謝謝大家。']
    const bytes = Buffer.concat([bare(encoding, before), Buffer.of(0xff), bare(encoding, `\r\n${after}`)])
    expect(decodeText(bytes)).toBe(`${before}\ufffd\r\n${after}`)
  })
})

describe('binary content is no text', () => {
  it.each([
    ['compressed data', deflateSync(randomBytes(500))],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')],
    ['a ZIP', Buffer.from('504b0304140000000800', 'hex')],
    ['an ELF program', Buffer.from('7f454c4602010100000000000000000003003e00', 'hex')],
    ['a few bytes', Buffer.from('a\0b')],
    ['zeros', Buffer.alloc(100)],
    ['UTF-32', Buffer.from('fffe00004f6000007d590000', 'hex')],
  ])('%s', (_name, bytes) => {
    expect(decodeText(bytes)).toBeUndefined()
  })

  it('whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 128, maxLength: 2_000 }), (bytes) => {
        const isAscii = bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
        expect(isAscii || decodeText(bytes) === undefined).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

it('an empty file is an empty text', () => {
  expect(decodeText(new Uint8Array())).toBe('')
})

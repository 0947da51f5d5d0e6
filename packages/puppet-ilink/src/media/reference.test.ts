import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mediaRefOf } from './reference.ts'

const media = { full_url: 'https://cdn/x', encrypt_query_param: 'p', aes_key: 'a2V5', encrypt_type: 1 }

describe('mediaRefOf', () => {
  it('reads location and key of every kind', () => {
    const rest = { fullUrl: 'https://cdn/x', encryptQueryParam: 'p', aesKey: 'a2V5' }
    expect(mediaRefOf({ type: 2, image_item: { media } })).toEqual({ kind: 'image', ...rest })
    expect(mediaRefOf({ type: 3, voice_item: { media, encode_type: 4 } })).toEqual({ kind: 'voice', ...rest })
    expect(mediaRefOf({ type: 4, file_item: { media } })).toEqual({ kind: 'file', ...rest })
    expect(mediaRefOf({ type: 5, video_item: { media } })).toEqual({ kind: 'video', ...rest })
  })

  it('prefers the hex key of an image', () => {
    const hex = '00112233445566778899aabbccddeeff'
    expect(mediaRefOf({ image_item: { aeskey: hex, media } })?.aesKey).toBe(hex)
  })

  it('leaves the key out when there is none', () => {
    expect(mediaRefOf({ image_item: { aeskey: '', media: { encrypt_query_param: 'p' } } })).toEqual({
      kind: 'image',
      encryptQueryParam: 'p',
    })
  })

  it('keeps the declared size and hash of a file when both can be read', () => {
    const md5 = 'D41D8CD98F00B204E9800998ECF8427E'
    expect(mediaRefOf({ file_item: { media, md5, len: '17' } })?.declared).toEqual({
      size: 17,
      md5: md5.toLowerCase(),
    })
    expect(mediaRefOf({ file_item: { media, md5, len: 'many' } })?.declared).toBeUndefined()
    expect(mediaRefOf({ file_item: { media, len: '17' } })?.declared).toBeUndefined()
  })

  it('takes fields of unexpected types for absent', () => {
    const odd = { full_url: 7, encrypt_query_param: 'p', aes_key: null }
    expect(mediaRefOf({ voice_item: null, file_item: { media: odd, len: 3 } })).toEqual({
      kind: 'file',
      encryptQueryParam: 'p',
    })
  })

  it.each([
    [undefined],
    [null],
    ['text'],
    [{ type: 1, text_item: { text: 'hi' } }],
    [{ image_item: {} }],
    [{ image_item: { media: {} } }],
  ])('finds nothing to fetch in %j', (item) => {
    expect(mediaRefOf(item)).toBeUndefined()
  })

  it('never throws, whatever the item holds', () => {
    const body = fc.record(
      {
        media: fc.oneof(fc.anything(), fc.object()),
        aeskey: fc.anything(),
        len: fc.anything(),
        md5: fc.anything(),
      },
      { requiredKeys: [] },
    )
    const item = fc.dictionary(
      fc.constantFrom('image_item', 'voice_item', 'file_item', 'video_item'),
      fc.oneof(body, fc.anything()),
    )
    fc.assert(
      fc.property(fc.oneof(item, fc.anything()), (value) => {
        const ref = mediaRefOf(value)
        expect(ref === undefined || Boolean(ref.fullUrl ?? ref.encryptQueryParam)).toBe(true)
      }),
    )
  })
})

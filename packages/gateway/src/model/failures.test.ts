import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from './failures.ts'

describe('redact', () => {
  it('blacks out secrets, user info and query strings, and keeps one bounded line', () => {
    expect(
      redact('key sk-12345 x at https://me:pw@h.example/v1?key=abc failed\n\tagain', ['sk-12345', 'x', '']),
    ).toBe('key *** x at https://***h.example/v1*** failed again')
    expect(redact('x'.repeat(10_000), []).length).toBe(500)
  })

  it('never lets a secret through, wherever it stands', () => {
    const secret = 'S3CRET-value'
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(redact(`${before}${secret}${after}`, [secret])).not.toContain(secret)
      }),
      { verbose: true },
    )
  })
})

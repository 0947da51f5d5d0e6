import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeFileName } from './file-name.ts'

describe('safeFileName', () => {
  it.each([
    ['报告 2026.pdf', '报告 2026.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\照片.png', '照片.png'],
    ['..', 'file'],
    ['', 'file'],
    ['folder/', 'file'],
    ['.env', 'env'],
    ['a\r\nb\0.txt', 'ab.txt'],
    ['invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['what? "this".doc', 'what_ _this_.doc'],
    ['name.txt. . ', 'name.txt'],
    ['%2e%2e%2fpasswd', '%2e%2e%2fpasswd'],
    [`${'a'.repeat(159)}.${'b'.repeat(20)}`, 'a'.repeat(159)],
    ['👩‍👩‍👧.png', '👩👩👧.png'],
  ])('turns %j into %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe)
  })

  it('keeps the extension of a name that is too long', () => {
    const safe = safeFileName(`${'长'.repeat(300)}.docx`)
    expect(safe).toMatch(/^长+\.docx$/)
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(160)
  })

  it('uses the fallback when nothing is left', () => {
    expect(safeFileName('///', 'voice.wav')).toBe('voice.wav')
  })

  it('makes a safe path segment of every name, and does not change its own results', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeFileName(name)
        expect(safe).toMatch(/^[^/\\\p{Cc}<>:"|?*]+$/u)
        expect(safe).not.toMatch(/^\.|\.$/)
        expect(safe.isWellFormed()).toBe(true)
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(160)
        expect(safeFileName(safe)).toBe(safe)
      }),
      { numRuns: 2000 },
    )
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { safeFileName } from './file-name.ts'

it.each([
  ['报告.pdf', '报告.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\win.ini', 'win.ini'],
  ['..', 'file'],
  ['.bashrc', 'bashrc'],
  ['a\u202egpj.exe', 'agpj.exe'],
  ['a\nb\u0000.txt', 'ab.txt'],
  ['', 'file'],
  ['%2e%2e%2fsecret', '%2e%2e%2fsecret'],
])('%j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe)
})

it('never contains a path, a control character or too many characters, and keeps a short extension', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const safe = safeFileName(`${name}.txt`)
      expect(safe).not.toMatch(/[/\\\p{Cc}]/u)
      expect(safe).not.toMatch(/^\./)
      expect([...safe].length).toBeLessThanOrEqual(120)
      expect(safe).not.toBe('')
    }),
  )
})

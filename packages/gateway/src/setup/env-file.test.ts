import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withVariables } from './env-file.ts'

describe('an .env file', () => {
  it.each([
    ['', 'KEY=new\n'],
    ['OTHER=1', 'OTHER=1\nKEY=new\n'],
    ['# mine\nKEY=old\nOTHER=1\n', '# mine\nKEY=new\nOTHER=1\n'],
    ['export KEY="old" # why\n', 'KEY=new\n'],
    ['MY_KEY=1\nKEYS=2\n', 'MY_KEY=1\nKEYS=2\nKEY=new\n'],
  ])('keeps what else is in it: %j', (before, after) => {
    expect(withVariables(before, { KEY: 'new' })).toBe(after)
  })

  it('keeps a value of several lines that looks like an assignment', () => {
    const before = 'CERT="first\nKEY=no\nlast"\nA=1\n'
    expect(parseEnv(withVariables(before, { KEY: 'new' }))).toEqual({
      CERT: 'first\nKEY=no\nlast',
      A: '1',
      KEY: 'new',
    })
  })

  it('gives every value back as it was, or refuses it, and keeps the others (property)', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '#', '$', '\\', 'n', '"', "'", '`', ' ', '=', '\n', '密') }),
      fc.string(),
    )
    fc.assert(
      fc.property(value, value, (first, second) => {
        let text: string
        try {
          text = withVariables(withVariables('A="x y" # z\n', { KEY: first }), { KEY: second })
        } catch (error) {
          expect(String(error)).toContain('the value of KEY cannot be written')
          return
        }
        expect({ ...parseEnv(text) }).toEqual({ A: 'x y', KEY: second })
      }),
      { numRuns: 500 },
    )
  })
})

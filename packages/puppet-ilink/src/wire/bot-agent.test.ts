import fc from 'fast-check'
import { expect, it } from 'vitest'
import { defaultBotAgent, sanitizeBotAgent } from './bot-agent.ts'

it.each([
  ['MyBot/1.2.0', 'MyBot/1.2.0'],
  ['MyBot/1.2.0 (region=cn;env=prod)', 'MyBot/1.2.0 (region=cn;env=prod)'],
  ['MyBot/1.2.0-rc.1+build.5  LangChain/0.3.5 ', 'MyBot/1.2.0-rc.1+build.5 LangChain/0.3.5'],
  ['Sim/1.0 (t=1) bad//x', 'Sim/1.0 (t=1)'],
  ['Sim/1.0 (two words) (orphan)', 'Sim/1.0 (two words)'],
  ['Foo/1 (a(b))', 'Foo/1'],
  ['Föö/1 Bar/2', 'Bar/2'],
  ['(orphan) Foo/1', 'Foo/1'],
  ['Foo/1 x (not mine)', 'Foo/1'],
  ['Foo', defaultBotAgent],
  [`${'x'.repeat(33)}/1`, defaultBotAgent],
  ['   ', defaultBotAgent],
  [undefined, defaultBotAgent],
])('%j becomes %j', (declared, sanitized) => {
  expect(sanitizeBotAgent(declared)).toBe(sanitized)
})

it('whole products are dropped until 256 bytes hold the rest', () => {
  const agent = sanitizeBotAgent(Array.from({ length: 40 }, (_, n) => `Prod${n}/1`).join(' '))
  expect(agent.length).toBeLessThanOrEqual(256)
  expect(agent).toMatch(/^(Prod\d+\/1 )+Prod\d+\/1$/)
})

it('what came out once comes out again unchanged', () => {
  const piece = fc.constantFrom('A/1', '(c)', '(two', 'words)', 'b//x', 'é/1', '((x))', 'C/2.0+b')
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const once = sanitizeBotAgent(pieces.join(' '))
      expect(sanitizeBotAgent(once)).toBe(once)
    }),
  )
})

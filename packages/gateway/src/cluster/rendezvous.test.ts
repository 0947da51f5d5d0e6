import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, chooseGateway } from './rendezvous.ts'

const accounts = Array.from({ length: 300 }, (_, index) => `wechat/account-${index}`)

const gateways = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 8 }),
    weight: fc.double({ min: 0.1, max: 8, noNaN: true }),
  }),
  { minLength: 1, maxLength: 6, selector: ({ name }) => name },
)

const placesOf = (candidates: readonly Candidate[]) =>
  new Map(accounts.map((account) => [account, chooseGateway(account, candidates)]))

test('chooses the same gateway whatever the order of the list', () => {
  fc.assert(
    fc.property(gateways, (candidates) => {
      expect(placesOf(candidates.toReversed())).toEqual(placesOf(candidates))
    }),
  )
})

test('moves only accounts of the gateway that leaves', () => {
  fc.assert(
    fc.property(gateways, fc.nat(), (candidates, pick) => {
      const gone = candidates[pick % candidates.length]
      const after = placesOf(candidates.filter((one) => one !== gone))
      for (const [account, name] of placesOf(candidates))
        if (name !== gone?.name) expect(after.get(account)).toBe(name)
    }),
  )
})

test('moves accounts only to the gateway whose weight grows', () => {
  fc.assert(
    fc.property(gateways, fc.nat(), (candidates, pick) => {
      const grown = candidates[pick % candidates.length]
      const after = placesOf(
        candidates.map((one) => (one === grown ? { ...one, weight: one.weight * 2 } : one)),
      )
      for (const [account, name] of placesOf(candidates))
        if (after.get(account) !== name) expect(after.get(account)).toBe(grown?.name)
    }),
  )
})

test('gives no account to a gateway of weight 0, and none to nobody', () => {
  fc.assert(
    fc.property(gateways, (candidates) => {
      const drained = { name: 'drained gateway', weight: 0 }
      expect([...placesOf([...candidates, drained]).values()]).not.toContain(drained.name)
    }),
  )
  expect(chooseGateway('wechat/a', [])).toBeUndefined()
  expect(chooseGateway('wechat/a', [{ name: 'only', weight: 0 }])).toBeUndefined()
})

test('gives each gateway a part in proportion to its weight', () => {
  const candidates = [
    { name: 'one', weight: 1 },
    { name: 'two', weight: 2 },
    { name: 'four', weight: 4 },
  ]
  const count = 14_000
  const counts = new Map<string | undefined, number>()
  for (let index = 0; index < count; index++) {
    const name = chooseGateway(`wechat/${index}`, candidates)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  // Six standard deviations; the hash is fixed, so the result is the same each time.
  expect(Math.abs((counts.get('one') ?? 0) - count / 7)).toBeLessThan(250)
  expect(Math.abs((counts.get('two') ?? 0) - (2 * count) / 7)).toBeLessThan(325)
  expect(Math.abs((counts.get('four') ?? 0) - (4 * count) / 7)).toBeLessThan(355)
})

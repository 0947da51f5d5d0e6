import { expect, it } from 'vitest'
import type { ModelCost } from '../model/types.ts'
import { costOf, type ModelUsage, priceOf } from './cost.ts'

const million = 1_000_000
const used = (change: Partial<ModelUsage> = {}): ModelUsage => ({
  model: 'p/m',
  read: 0,
  written: 0,
  cacheRead: 0,
  cacheWritten: 0,
  uncounted: 0,
  ...change,
})
const price: ModelCost = { input: 2, output: 8, cacheRead: 0.5, cacheWrite: 2.5, currency: 'USD' }
const cost = (usage: Partial<ModelUsage>, prices: Record<string, ModelCost> = { 'p/m': price }) =>
  costOf([used(usage)], (model) => prices[model])

it.each<[string, Partial<ModelUsage>, number]>([
  ['input', { read: million }, 2],
  ['output', { written: million }, 8],
  ['both', { read: million / 2, written: million / 4 }, 3],
  ['input from the cache', { read: million, cacheRead: million }, 0.5],
  ['input that goes into the cache', { read: million, cacheWritten: million }, 2.5],
  ['input of which a part was cached', { read: million, cacheRead: million / 2 }, 1.25],
  ['a cache that is counted beside the input', { read: 0, written: 0.001, cacheRead: million }, 0.5],
])('costs %s by its price', (_name, usage, amount) => {
  const { costs, unpriced } = cost(usage)
  expect(unpriced).toEqual([])
  expect(costs).toMatchObject([{ currency: 'USD' }])
  expect(costs[0]?.amount).toBeCloseTo(amount, 6)
})

it('takes cached tokens for other input where they have no price of their own', () => {
  const prices = { 'p/m': { input: 2, output: 8, currency: 'CNY' } }
  expect(cost({ read: million, cacheRead: million }, prices).costs).toEqual([{ currency: 'CNY', amount: 2 }])
})

it('does not add currencies to each other', () => {
  const usage = [used({ read: million }), used({ model: 'q/m', read: million }), used({ read: million })]
  const prices: Record<string, ModelCost> = { 'p/m': price, 'q/m': { ...price, currency: 'CNY' } }
  expect(costOf(usage, (model) => prices[model]).costs).toEqual([
    { currency: 'USD', amount: 4 },
    { currency: 'CNY', amount: 2 },
  ])
})

it('names a model without a price, and costs the others', () => {
  const usage = [used({ read: million }), used({ model: 'q/m', written: 1 })]
  expect(costOf(usage, (model) => (model === 'p/m' ? price : undefined))).toEqual({
    costs: [{ currency: 'USD', amount: 2 }],
    unpriced: ['q/m'],
  })
})

it('names a model whose provider reports no tokens, though it has a price', () => {
  expect(cost({ uncounted: 1 })).toEqual({ costs: [], unpriced: ['p/m'] })
})

it.each([
  [
    'a price of zero',
    { read: 1, written: 1 },
    { input: 0, output: 0, currency: 'USD' },
    [{ currency: 'USD', amount: 0 }],
  ],
  ['turns that failed before the model was asked', {}, price, []],
  ['the builtin model', { model: 'builtin/echo', uncounted: 9 }, price, []],
])('knows the cost of %s', (_name, usage, ofModel, costs) => {
  expect(cost(usage, { 'p/m': ofModel })).toEqual({ costs, unpriced: [] })
})

it.each([
  ['p/m', price],
  ['p/some/m', { ...price, input: 3 }],
  ['p/other', undefined],
  ['q/m', undefined],
  ['', undefined],
  ['constructor/m', undefined],
])('finds the price of %s in the configuration', (model, expected) => {
  const models = [{ id: 'm', cost: price }, { id: 'some/m', cost: { ...price, input: 3 } }, { id: 'other' }]
  const provider = { api: 'openai-completions', baseUrl: 'http://x/v1', models } as const
  expect(priceOf({ p: provider }, model)).toEqual(expected)
})

import { expect, it } from 'vitest'
import { costText, unpricedIn } from './cost-text.ts'

const usd = (amount: number) => ({ currency: 'USD', amount })

it.each([
  [[], [], ''],
  [[usd(0)], [], '0.00 USD'],
  [[usd(0.000_01)], [], '< 0.0001 USD'],
  [[usd(0.012_34)], [], '0.0123 USD'],
  [[usd(1234.567)], [], '1,234.57 USD'],
  [[usd(1), { currency: 'CNY', amount: 2.5 }], [], '1.00 USD + 2.50 CNY'],
  [[usd(1)], ['p/m'], '1.00 USD + ?'],
  [[], ['p/m'], '?'],
])('shows %j without the price of %j as "%s"', (costs, unpriced, text) => {
  expect(costText({ costs, unpriced }, 'en')).toBe(text)
})

it('names each model without a price once', () => {
  expect(unpricedIn([{ unpriced: ['a', 'b'] }, { unpriced: ['b'] }, { unpriced: [] }])).toEqual(['a', 'b'])
})

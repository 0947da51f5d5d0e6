/**
 * A cost for people, on the command line and in the dashboard.
 */

import type { Cost } from './cost.ts'

const smallest = 0.0001

/** Such as `0.42 USD + 1.10 CNY`, and `?` for what is not known; empty where nothing cost anything. */
export function costText({ costs, unpriced }: Cost, locale?: string): string {
  const known = costs.map(({ currency, amount }) => `${amountText(amount, locale)} ${currency}`)
  return [...known, ...(unpriced.length > 0 ? ['?'] : [])].join(' + ')
}

function amountText(amount: number, locale: string | undefined): string {
  if (amount > 0 && amount < smallest) return `< ${smallest}`
  return amount.toLocaleString(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: amount < 1 ? 4 : 2,
  })
}

/** The models in all these whose cost is not known, each once. */
export function unpricedIn(days: readonly Pick<Cost, 'unpriced'>[]): string[] {
  return [...new Set(days.flatMap(({ unpriced }) => unpriced))]
}

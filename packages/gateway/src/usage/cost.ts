/**
 * What turns cost, by the prices of the configuration. A cost that is not known is named, never taken for zero.
 */

import type { ModelCost, ModelsConfig } from '../model/types.ts'

/** What one model did. */
export interface ModelUsage {
  /** `provider/model`; empty where none was configured. */
  readonly model: string
  /** Tokens, as the provider counts them. `cacheRead` and `cacheWritten` are parts of `read`. */
  readonly read: number
  readonly written: number
  readonly cacheRead: number
  readonly cacheWritten: number
  /** Turns that were answered, and of whose tokens the provider reported nothing. */
  readonly uncounted: number
}

export interface Cost {
  /** One for each currency in which models have a price. */
  readonly costs: readonly { readonly currency: string; readonly amount: number }[]
  /** Models whose cost is not, or not wholly, known: they have no price, or their provider reports no tokens. */
  readonly unpriced: readonly string[]
}

/** They run in the gateway. */
const builtinPrefix = 'builtin/'
const tokensPerPrice = 1_000_000

/** The price of `provider/model`, split at the first slash. */
export function priceOf(providers: ModelsConfig['providers'], model: string): ModelCost | undefined {
  const [name = '', ...rest] = model.split('/')
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  return provider?.models?.find(({ id }) => id === rest.join('/'))?.cost
}

export function costOf(
  usage: readonly ModelUsage[],
  priceOf: (model: string) => ModelCost | undefined,
): Cost {
  const amounts = new Map<string, number>()
  const unpriced = new Set<string>()
  for (const used of usage) {
    if (used.model.startsWith(builtinPrefix)) continue
    const { model, read, written, uncounted } = used
    const price = priceOf(model)
    if (uncounted > 0) unpriced.add(model)
    if (read + written === 0) continue
    if (price === undefined) unpriced.add(model)
    else amounts.set(price.currency, (amounts.get(price.currency) ?? 0) + amountOf(used, price))
  }
  return {
    costs: [...amounts].map(([currency, amount]) => ({ currency, amount })),
    unpriced: [...unpriced],
  }
}

function amountOf(
  { read, written, cacheRead, cacheWritten }: ModelUsage,
  { input, output, cacheRead: readPrice = input, cacheWrite: writePrice = input }: ModelCost,
): number {
  // Some providers count what they cached beside the input, not as a part of it.
  const fresh = Math.max(0, read - cacheRead - cacheWritten)
  const sum = fresh * input + cacheRead * readPrice + cacheWritten * writePrice + written * output
  return sum / tokensPerPrice
}

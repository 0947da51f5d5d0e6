/**
 * The contract of every store. An implementation calls it with a function that opens an empty store.
 */

import { afterEach, beforeEach, describe } from 'vitest'
import { eventsContract } from './store-contract/events.ts'
import { historyContract } from './store-contract/history.ts'
import { journalContract } from './store-contract/journal.ts'
import { outboxContract } from './store-contract/outbox.ts'
import { receivedContract } from './store-contract/received.ts'
import { type StoreHarness, StoreStage } from './store-contract/stage.ts'
import { turnsContract } from './store-contract/turns.ts'
import { upkeepContract } from './store-contract/upkeep.ts'

export type { StoreHarness } from './store-contract/stage.ts'

export function storeContract(name: string, open: () => Promise<StoreHarness>): void {
  describe(`${name}: the store contract`, () => {
    const stage = new StoreStage()
    beforeEach(() => stage.open(open))
    afterEach(() => stage.harness.dispose())
    for (const contract of [
      journalContract,
      turnsContract,
      outboxContract,
      eventsContract,
      historyContract,
      receivedContract,
      upkeepContract,
    ])
      contract(stage)
  })
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stateStoreContract } from '../../test/state-store-contract.ts'
import { MemoryState } from './memory-state.ts'
import { openOwnState } from './own-file.ts'

stateStoreContract('The state file', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'puppet-ilink-state-'))
  const { store } = openOwnState(stateDir, 0)
  return {
    store,
    async reopen() {
      await store.close()
      return openOwnState(stateDir, 0).store
    },
    dispose: () => rm(stateDir, { recursive: true }),
  }
})

stateStoreContract('The state in memory', async () => ({ store: new MemoryState() }))

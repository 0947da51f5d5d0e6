import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ownState } from '../examples/own-state.ts'
import { stateStoreContract } from './state-store-contract.ts'

stateStoreContract('The example of a state store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'puppet-ilink-example-'))
  const path = join(folder, 'bot.sqlite')
  const store = ownState(path)
  return {
    store,
    async reopen() {
      await store.close()
      return ownState(path)
    },
    dispose: () => rm(folder, { recursive: true }),
  }
})

it.each(['README.md', 'README.zh-CN.md'])('%s shows the example as it is', async (name) => {
  const text = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8')
  const code = (await text('examples/own-state.ts')).replace(/^\/\*\*.*?\*\/\s*/s, '')
  expect(await text(name)).toContain(code)
})

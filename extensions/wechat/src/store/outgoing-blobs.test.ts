import { existsSync, readFileSync, utimesSync } from 'node:fs'
import { Readable } from 'node:stream'
import { DiskBudget } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { outgoingBlobs } from './outgoing-blobs.ts'
import type { BlobParts } from './shared-blobs.ts'

const limit = { maxBytes: 1_000, signal: new AbortController().signal }
const content = (text: string) => Readable.from([Buffer.from(text)])

/** Two machines with one database. @param sharedFolder a folder that both see */
function machines(sharedFolder?: string) {
  const stored = new Map<string, Uint8Array>()
  const blobParts: BlobParts = {
    put: async (key, part, bytes) => void stored.set(`${key} ${part}`, bytes),
    get: async (key, part) => stored.get(`${key} ${part}`),
    remove: async (key) => void stored.delete(`${key} 0`),
    sweep: async () => 0,
  }
  let mayAct = true
  const machine = (runId: string, folder = sharedFolder) =>
    outgoingBlobs({
      channelId: 'wechat',
      account: { id: 'a' },
      host: { stateDir: temporaryFolder(), ...(folder !== undefined && { sharedFolder: folder }) },
      store: { blobParts },
      runId,
      disk: new DiskBudget(),
      mayAct: () => mayAct,
    })
  const losesAccount = () => {
    mayAct = false
  }
  return { machine, stored, losesAccount }
}

it('a file in a folder that all machines see is not stored in the database', async () => {
  const { machine, stored } = machines(temporaryFolder())
  const key = await machine('one').put(content('plan'), limit)
  const two = machine('two')
  expect(readFileSync(await two.path(key), 'utf8')).toBe('plan')
  expect(stored.size).toBe(0)
  await two.remove(key)
  await expect(machine('three').path(key)).rejects.toMatchObject({ code: 'media-gone' })
})

it('a file that was stored in the database before is still found', async () => {
  const { machine } = machines()
  const key = await machine('one').put(content('plan'), limit)
  expect(readFileSync(await machine('two', temporaryFolder()).path(key), 'utf8')).toBe('plan')
})

it('of the files that nothing needs only old ones go, and none once another gateway may serve the account', async () => {
  const { machine, losesAccount } = machines(temporaryFolder())
  const one = machine('one')
  const [young, old, older] = await Promise.all(
    ['young', 'old', 'older'].map(async (name) => one.path(await one.put(content(name), limit))),
  )
  const longAgo = Date.now() / 1_000 - 2 * 86_400
  utimesSync(old ?? '', longAgo, longAgo)
  expect(await machine('two').sweep([])).toBe(1)
  expect([young, old, older].map((path) => existsSync(path ?? ''))).toEqual([true, false, true])
  utimesSync(older ?? '', longAgo, longAgo)
  losesAccount()
  expect(await machine('three').sweep([])).toBe(0)
  expect(existsSync(older ?? '')).toBe(true)
})

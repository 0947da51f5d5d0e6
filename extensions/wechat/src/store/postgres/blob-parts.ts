/**
 * Parts of files that wait to be sent, as rows of their account.
 */

import type { BlobParts } from '../shared-blobs.ts'
import type { AccountCalls } from './puppet-state.ts'
import { read } from './statements.ts'

export function postgresBlobParts(accountId: string, account: AccountCalls): BlobParts {
  return {
    put: async (key, part, bytes) => {
      await account.call('put_blob_part', 'durable', key, part, bytes)
    },
    get: async (key, part) => {
      const [row] = await account.read(read.blobPart, accountId, key, part)
      return row?.bytes instanceof Uint8Array ? row.bytes : undefined
    },
    remove: async (key) => {
      await account.call('forget_blob', 'relaxed', key)
    },
    sweep: async (needed, runId) => {
      const [row] = await account.call('sweep_blobs', 'relaxed', needed, runId)
      return Number(row?.sweep_blobs ?? 0)
    },
  }
}

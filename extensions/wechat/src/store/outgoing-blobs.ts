/**
 * Where the files of one account lie that wait to be sent: in a folder of this machine; with a store that several machines use,
 * in that store as well, or in a folder that all of them see.
 */

import { join } from 'node:path'
import type { ChannelHost, DiskBudget } from '@moltbot/channel-sdk'
import { type Blobs, folderBlobs, outgoingFolder } from './blobs.ts'
import { sharedBlobs } from './shared-blobs.ts'
import type { AccountStore } from './store.ts'

export interface OutgoingBlobsOptions {
  readonly channelId: string
  readonly account: { readonly id: string }
  readonly host: Pick<ChannelHost, 'stateDir' | 'sharedFolder'>
  readonly store: Pick<AccountStore, 'blobParts'>
  readonly runId: string
  readonly disk: DiskBudget
  /** Whether no other gateway serves the account. */
  readonly mayAct: () => boolean
}

/**
 * In a folder of several machines, what seems to be left may be of a gateway that serves the account by now, because this
 * process stood still after it looked. So only old files go, and only while the account is surely this one's.
 */
const leftoverAgeMs = 24 * 60 * 60_000

export function outgoingBlobs(options: OutgoingBlobsOptions): Blobs {
  const { channelId, account, host, store, runId, disk, mayAct } = options
  const { sharedFolder } = host
  if (store.blobParts === undefined || sharedFolder === undefined) {
    const local = folderBlobs(join(host.stateDir, outgoingFolder, account.id), runId, disk)
    return store.blobParts === undefined ? local : sharedBlobs(local, store.blobParts, { runId })
  }
  const folder = join(sharedFolder, channelId, outgoingFolder, account.id)
  const shared = folderBlobs(
    folder,
    runId,
    disk,
    ({ mtimeMs }) => mtimeMs < Date.now() - leftoverAgeMs && mayAct(),
  )
  return sharedBlobs(shared, store.blobParts, { runId, isFolderShared: true })
}

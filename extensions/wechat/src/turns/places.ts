/**
 * What the turns of one account share, each with its cap: answers under way, files under way, and room on the disk. A
 * turn fetches its files before it takes a place among the answers, so files that do not come hold up nobody else.
 */

import { Capacity } from '@moltbot/channel-sdk'

export interface Places {
  /** Turns that the host's agent answers at the same time; more wait. */
  readonly answering: Capacity
  /** Turns whose files are fetched at the same time; more wait. */
  readonly fetching: Capacity
  /** Bytes of the files of all turns. A file that does not fit is not fetched, and named as such. */
  readonly diskBytes: Capacity
}

const maxAnswering = 16
const maxFetching = 32
/** At least: an account whose `mediaMaxMb` is very large has room for two such files. */
const maxDiskBytes = 1024 ** 3

export function createPlaces({ mediaMaxBytes }: { readonly mediaMaxBytes: number }): Places {
  return {
    answering: new Capacity(maxAnswering),
    fetching: new Capacity(maxFetching),
    diskBytes: new Capacity(Math.max(maxDiskBytes, 2 * mediaMaxBytes)),
  }
}

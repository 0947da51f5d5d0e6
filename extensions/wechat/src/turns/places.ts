/**
 * What the turns of one account share, each with its cap: answers under way, and files under way. A turn fetches its files before it takes a place among the answers, so files that do not come hold up nobody else.
 */

import { Capacity } from '@moltbot/channel-sdk'

export interface Places {
  /** Turns that the host's agent answers at the same time; more wait. */
  readonly answering: Capacity
  /** Turns whose files are fetched at the same time; more wait. */
  readonly fetching: Capacity
}

const maxAnswering = 16
const maxFetching = 32

export function createPlaces(): Places {
  return { answering: new Capacity(maxAnswering), fetching: new Capacity(maxFetching) }
}

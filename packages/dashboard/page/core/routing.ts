/**
 * Which page is shown: the hash of the address, so that back, forward and a second tab work.
 */

import { useEffect, useState } from 'preact/hooks'

export const pageIds = [
  'accounts',
  'conversations',
  'pairing',
  'outbox',
  'schedules',
  'tools',
  'usage',
  'configuration',
  'log',
  'phone',
] as const
export type PageId = (typeof pageIds)[number]

const idIn = (hash: string): PageId => pageIds.find((id) => hash === `#/${id}`) ?? 'accounts'

export function usePage(): PageId {
  const [page, setPage] = useState(() => idIn(location.hash))
  useEffect(() => {
    const change = () => setPage(idIn(location.hash))
    window.addEventListener('hashchange', change)
    return () => window.removeEventListener('hashchange', change)
  }, [])
  return page
}

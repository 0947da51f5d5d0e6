/**
 * What people share, in a few words: `[link: Title | description | https://…]`. Titles are text of others, so they are
 * made safe and short; an address is kept as it is.
 */

import { safeLabel } from '../../policy/untrusted.ts'
import type { Card } from './words.ts'

const maxTitleLength = 200
const maxDetailLength = 500
const maxAddressLength = 2_000

export function describeCard({ name, title = '', detail = '', address = '' }: Card): string {
  const facts = [
    safeLabel(title, maxTitleLength),
    detail.trim() === title.trim() ? '' : safeLabel(detail, maxDetailLength),
    webAddress(address),
  ].filter((fact) => fact !== '')
  return facts.length === 0 ? `[${name}]` : `[${name}: ${facts.join(' | ')}]`
}

/** Empty for what is no address of a web page: mini programs and apps have addresses of their own, which open nowhere else. */
function webAddress(address: string): string {
  const trimmed = address.trim()
  return /^https?:\/\/[^\s\][<>]+$/iu.test(trimmed) && trimmed.length <= maxAddressLength ? trimmed : ''
}

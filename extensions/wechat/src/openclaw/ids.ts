/**
 * Ids on their way to OpenClaw and back. The host folds session keys to lower case and reads targets without case, but two
 * WeChat ids that differ only in case are two people.
 */

import { createHash } from 'node:crypto'

/** The id of this channel in the host. "wechat" itself is an alias of another plugin there, see docs/openclaw.md. */
export const hostChannelId = 'wechaty'

/** A name for a conversation that is still unique when its case is lost. */
export function peerId(id: string): string {
  const folded = id.toLowerCase()
  return folded === id ? id : `${folded}~${digest(id)}`
}

/** Where ids hold for one login only, approvals are of the login too. */
export function pairingId(senderId: string, loginId?: string): string {
  return loginId === undefined ? senderId : `${senderId}${loginMark}${digest(loginId)}`
}

/** The sender of a pairing id. */
export function senderOf(pairing: string): string {
  return pairing.split(loginMark)[0] ?? pairing
}

/** The WeChat id of a target of the host, such as `wechaty:o9cq8…@im.wechat`. */
export function targetId(target: string): string {
  return target.trim().replace(/^(?:wechaty|wechat|user|group|room):/i, '')
}

const loginMark = '#login-'

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

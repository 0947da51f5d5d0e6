/**
 * Which conversations share a memory: one key for each session, computed from the turn and the configuration alone.
 */

import type { Turn } from '@moltbot/channel-sdk'

/** `session.dmScope`: what must be equal for two direct chats to share a session. */
export type DmScope = 'main' | 'per-peer' | 'per-channel-peer' | 'per-account-channel-peer'

export interface SessionScope {
  readonly agentId: string
  readonly dmScope: DmScope
  /** A person's name → that person's ids, each `<channel>:<id>` or a bare id. */
  readonly identityLinks: Readonly<Record<string, readonly string[]>>
}

/** What of a turn says which session it belongs to. */
export type SessionPlace = Pick<Turn, 'channelId' | 'accountId' | 'conversation'>

/**
 * `agent:<agent>:<channel>:<account>:dm:<peer>` with shorter forms for wider scopes, and
 * `agent:<agent>:<channel>:<account>:group:<room>`. A `:` inside a part is escaped, so that no id can reach into another session.
 * A linked person's peer is `link:<name>`.
 */
export function sessionKey(turn: SessionPlace, scope: SessionScope): string {
  const { kind, id } = turn.conversation
  const group = [turn.channelId, turn.accountId, 'group', id]
  const parts = kind === 'group' ? group.map(escapePart) : directParts(turn, scope)
  return ['agent', escapePart(scope.agentId), ...parts].join(':')
}

function directParts(turn: SessionPlace, scope: SessionScope): string[] {
  const channel = escapePart(turn.channelId)
  const peer = ['dm', ...peerParts(turn, scope.identityLinks)]
  switch (scope.dmScope) {
    case 'main':
      return ['main']
    case 'per-peer':
      return peer
    case 'per-channel-peer':
      return [channel, ...peer]
    case 'per-account-channel-peer':
      return [channel, escapePart(turn.accountId), ...peer]
  }
}

function peerParts(turn: SessionPlace, links: SessionScope['identityLinks']): string[] {
  const ids = [turn.conversation.id, `${turn.channelId}:${turn.conversation.id}`]
  const name = Object.keys(links).find((person) => links[person]?.some((id) => ids.includes(id.trim())))
  return name === undefined ? [escapePart(turn.conversation.id)] : ['link', escapePart(name)]
}

function escapePart(part: string): string {
  return part.replaceAll('%', '%25').replaceAll(':', '%3A')
}

/**
 * Every refusal that iLink's users have reported, with what becomes of a part that gets it.
 */

import type { Kind, Purpose } from './refusal-stage.ts'

/** What ends the wait of a part: the person writes, a time passes, or nothing does. */
export type Cure = 'person' | 'time' | 'nothing'

export interface Refusal {
  readonly fault: {
    kind: 'ret' | 'status' | 'empty' | 'not-json' | 'reset' | 'cut'
    value?: number
    errmsg?: string
  }
  readonly state: 'parked' | 'attempted' | 'failed'
  readonly cure: Cure
  /** In what the outbox lists. */
  readonly words: string
  readonly chinese: string
}

const ret = (value: number, errmsg: string) => ({ kind: 'ret', value, errmsg }) as const
const status = (value: number) => ({ kind: 'status', value }) as const
const usedUp = {
  state: 'parked',
  cure: 'person',
  words: 'the person has to write again',
  chinese: '要等对方再发一条消息',
} as const
const tooMany = {
  state: 'parked',
  cure: 'time',
  words: 'rate-limited',
  chinese: '频率限制',
} as const
const passing = { state: 'parked', cure: 'time', words: 'refused', chinese: '被拒绝' } as const
const inDoubt = { state: 'attempted', cure: 'time', words: 'bad-response', chinese: '未确认' } as const
const broken = { ...inDoubt, words: 'network', chinese: '网络' } as const

export const refusals: Readonly<Record<string, Refusal>> = {
  '-1 system busy': { fault: ret(-1, 'system busy'), ...passing },
  '-2 without a text': { fault: ret(-2, ''), ...usedUp },
  '-2 unknown error': { fault: ret(-2, 'unknown error'), ...usedUp },
  '-2 prepare failed': { fault: ret(-2, 'prepare failed'), ...usedUp },
  '-2 with a text that nobody knows': { fault: ret(-2, 'session limit'), ...usedUp },
  '-2 rate limited': { fault: ret(-2, 'rate limited'), ...tooMany },
  '-3 invalid arguments': {
    fault: ret(-3, 'invalid arguments'),
    state: 'failed',
    cure: 'nothing',
    words: 'ids are case-sensitive',
    chinese: 'id 区分大小写',
  },
  '-4': {
    fault: ret(-4, ''),
    ...usedUp,
    words: 'has not written yet',
    chinese: '窗口已关闭',
  },
  '-13': { fault: ret(-13, ''), ...tooMany },
  'an unknown number': { fault: ret(-77, 'what'), ...passing },
  'HTTP 403': { fault: status(403), ...passing },
  'HTTP 429': { fault: status(429), ...tooMany },
  'HTTP 413': { fault: status(413), ...passing, state: 'failed', cure: 'nothing' },
  'HTTP 500': { fault: status(500), ...inDoubt },
  'HTTP 524': { fault: status(524), ...inDoubt },
  'an empty body': { fault: { kind: 'empty' }, ...inDoubt, words: 'empty-response' },
  'a page instead of JSON': { fault: { kind: 'not-json' }, ...inDoubt },
  'a body that is cut': { fault: { kind: 'cut' }, ...broken },
  'a reset': { fault: { kind: 'reset' }, ...broken },
}

export const kinds: readonly Kind[] = ['short text', 'long text', 'image', 'file']
/** `push`: hours after the person's last message. */
export const occasions: readonly { purpose: Purpose; agoMs: number; name: string }[] = [
  { name: 'answer', purpose: 'answer', agoMs: 0 },
  { name: 'push', purpose: 'manual', agoMs: 5 * 60 * 60_000 },
  { name: 'notice', purpose: 'notice', agoMs: 0 },
]

// Trouble on order: each rule spoils the next requests of one endpoint.

import { maxFaults } from '../limits.ts'

export const endpoints = [
  'getqr',
  'getqrstatus',
  'getupdates',
  'sendmessage',
  'getuploadurl',
  'getconfig',
  'sendtyping',
  'notifystart',
  'notifystop',
  'upload',
  'download',
] as const
export type Endpoint = (typeof endpoints)[number]

export const faultKinds = [
  'status',
  'empty',
  'stall-body',
  'cut',
  'reset',
  'not-json',
  'delay',
  'drip',
  'ret',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** `value`: an HTTP status, a `ret`, or milliseconds, by kind. */
export type Fault = {
  endpoint: Endpoint
  kind: FaultKind
  value?: number | undefined
  errmsg?: string | undefined
}

type Rule = { fault: Fault; timesLeft: number }

export class Faults {
  readonly #rules: Rule[] = []

  get isFull(): boolean {
    return this.#rules.length >= maxFaults
  }

  add(fault: Fault, times: number): void {
    this.#rules.push({ fault, timesLeft: times })
  }

  clear(): void {
    this.#rules.length = 0
  }

  /** Uses up the oldest rule for this endpoint. A request that is held already takes no `delay`. */
  take(endpoint: Endpoint, isHeld = false): Fault | undefined {
    const rule = this.#rules.find(({ fault }) => fault.endpoint === endpoint)
    if (!rule || (isHeld && rule.fault.kind === 'delay')) return undefined
    rule.timesLeft -= 1
    if (rule.timesLeft <= 0) this.#rules.splice(this.#rules.indexOf(rule), 1)
    return rule.fault
  }
}

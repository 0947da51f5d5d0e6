/**
 * What this gateway does next about one account: pure, from what the database said last and what runs here.
 *
 * want → take → hold → losing → free. An account runs here only while the database's latest word is that this gateway
 * holds it, and it is given back only when nothing of it runs any more.
 */

export interface HoldFacts {
  /** Of all live gateways, this one should serve the account, which its configuration has. */
  readonly isWanted: boolean
  /** Who holds the account, by the database's latest word. */
  readonly holder: 'nobody' | 'this' | 'another'
  /** Is the membership fresh enough to begin or go on with anything? */
  readonly mayRun: boolean
  /** Has the operator stopped the account? */
  readonly isStopped: boolean
  /** What runs here. `leaving`: what it has begun may end; `stopping`: it ends at once. */
  readonly here: 'nothing' | 'running' | 'leaving' | 'stopping'
}

/** `leave`: stop it once its turns have ended; `give-back`: let the others take it. */
export type HoldStep = 'take' | 'start' | 'leave' | 'stop' | 'give-back' | 'wait'

export function nextStep({ isWanted, holder, mayRun, isStopped, here }: HoldFacts): HoldStep {
  const isHeld = holder === 'this' && mayRun
  if (here === 'stopping') return 'wait'
  if (here !== 'nothing' && (!isHeld || isStopped)) return 'stop'
  if (here === 'leaving') return 'wait'
  if (here === 'running') return isWanted ? 'wait' : 'leave'
  if (isHeld && !isWanted) return 'give-back'
  if (isHeld) return isStopped ? 'wait' : 'start'
  return isWanted && mayRun && holder === 'nobody' ? 'take' : 'wait'
}

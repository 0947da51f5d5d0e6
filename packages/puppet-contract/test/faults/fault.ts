/** A way to break a puppet that passes, and the tools to do it with. */
import type { Puppet } from 'wechaty-puppet'
import type { Loopback } from '../../examples/loopback.ts'
import type { PuppetUnderTest } from '../../src/index.ts'

export interface Fault {
  readonly fault: string
  /** The cases that fail. All other cases pass, unless the fault `spreads`. */
  readonly fails: readonly string[]
  /** The fault breaks what most cases stand on; only those under `fails` are run. */
  readonly spreads?: true
  breakIt(subject: PuppetUnderTest, backend: Loopback): void
}

type Emission = readonly [event: string, payload: unknown]

/** Puts what `rewrite` returns in the place of each event. */
export function rewriteEvents(
  puppet: Puppet,
  rewrite: (event: string, payload: unknown) => readonly Emission[],
): void {
  const emit = puppet.emit.bind(puppet)
  puppet.emit = (event: string, payload: unknown) =>
    rewrite(event, payload)
      .map(([name, content]) => emit(name, content))
      .some(Boolean)
}

export const twice = (name: string) => (event: string, payload: unknown) =>
  event === name ? [[event, payload] as const, [event, payload] as const] : [[event, payload] as const]

export const without = (name: string) => (event: string, payload: unknown) =>
  event === name ? [] : [[event, payload] as const]

/** Has `also` done at each start of the puppet, after its own. */
export function atStart(puppet: Puppet, also: () => void): void {
  const onStart = puppet.onStart.bind(puppet)
  puppet.onStart = async () => {
    await onStart()
    also()
  }
}

export const never = () => new Promise<never>(() => undefined)

/**
 * What goes wrong during a soak: refusals, a model that fails, lost connections, reloads and killed processes. Each fault
 * is one that nobody loses a message by.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { SendFault } from '../../extensions/wechat/test/mock-world-messages.ts'
import type { Dice } from '../chaos/dice.ts'
import { processesWith } from '../support/processes.ts'
import type { SteeredAccount } from './accounts.ts'
import type { Stage } from './stage.ts'

/** Returns false where it found nothing to spoil. */
type Fault = (stage: Stage, dice: Dice) => Promise<boolean> | boolean

type FaultOrder = Parameters<Stage['backend']['control']['fault']>[0]

/** These end within seconds. */
const quick: Readonly<Record<string, Fault>> = {
  'send-busy': failSend('busy', 'mock', 'blocks'),
  'send-unsent': failSend('unsent', 'mock', 'blocks', 'child'),
  'send-unconfirmed': failSend('sent', 'mock', 'blocks', 'child'),
  'log-out': async (stage, dice) => {
    const { world } = pick(dice, stage.steered)
    world.order({ type: 'log-out' })
    await sleep(dice.below(2_000))
    return world.order({ type: 'log-in' })
  },
  'puppet-stop': (stage, dice) => pick(dice, stage.steered).world.order({ type: 'stop' }),
  'ilink-send': spoilBackend('sendmessage'),
  'ilink-poll': spoilBackend('getupdates'),
  'ilink-upload': spoilBackend('upload'),
  'ilink-download': spoilBackend('download'),
  'model-error': (stage, dice) => {
    stage.model.fail({ status: dice.pick([500, 503, 529]), times: 2 })
    return true
  },
  'model-reset': (stage) => {
    stage.model.reset(2)
    return true
  },
  'reload-prompt': (stage, dice) => {
    stage.configure({ systemPrompt: `You answer, in manner ${dice.below(1_000)}.` })
    return true
  },
  'reload-account': (stage, dice) => {
    const { id } = pick(dice, stage.accounts)
    stage.configure({ accounts: { [id]: { historyLimit: dice.below(30) } } })
    return true
  },
  'reload-off': async (stage, dice) => {
    const { id } = pick(dice, stage.accounts)
    stage.configure({ accounts: { [id]: { enabled: false } } })
    await sleep(1_000 + dice.below(2_000))
    stage.configure({ accounts: { [id]: { enabled: true } } })
    return true
  },
  'reload-tools': (stage, dice) => {
    stage.configure({ toolEnv: `${dice.below(1_000)}` })
    return true
  },
  'reload-invalid': async (stage, dice) => {
    stage.spoilConfig()
    await sleep(1_000 + dice.below(1_000))
    stage.configure({})
    return true
  },
  'kill-puppet': killChild(/puppets\/child\/main/),
  'kill-tools': killChild(/odd-server/),
  'kill-document': killChild(/files\/child\/main/),
}

/** After these an account waits for half a minute, or all accounts start again. */
const slow: Readonly<Record<string, Fault>> = {
  'send-limited': failSend('limited', 'mock', 'blocks'),
  'send-silent': failSend('silent', 'mock', 'blocks'),
  'ilink-limited': async (stage) => {
    await stage.backend.control.fault({
      endpoint: 'sendmessage',
      kind: 'ret',
      value: -13,
      errmsg: 'freq limit',
    })
    return true
  },
  'ilink-stall': async (stage) => {
    await stage.backend.control.fault({ endpoint: 'getupdates', kind: 'stall-body' })
    return true
  },
  'reload-all': (stage, dice) => {
    stage.configure({ textChunkLimit: 2_048 + dice.below(100) })
    return true
  },
}

/** Waits for a process that is there for moments only. */
const childAppearsMs = 3_000
const lookEveryMs = 100

export interface StrikeOptions {
  /** Mean time between two faults. */
  readonly everyMs: number
  /** Ends faults after which an account waits. */
  readonly slowOver: AbortSignal
  /** Ends all faults. */
  readonly over: AbortSignal
  /** Counts how often each of them struck. */
  readonly struck: Record<string, number>
}

/** Faults one after the other, until `over` aborts. */
export async function strike(stage: Stage, dice: Dice, options: StrikeOptions): Promise<void> {
  const { everyMs, slowOver, over, struck } = options
  while (!over.aborted) {
    const faults = Object.entries(slowOver.aborted ? quick : { ...quick, ...slow })
    const [name, fault] = pick(dice, faults)
    if (await fault(stage, dice)) struck[name] = (struck[name] ?? 0) + 1
    await sleep(dice.below(2 * everyMs), undefined, { signal: over }).catch(() => undefined)
  }
}

function failSend(how: SendFault, ...kinds: SteeredAccount['kind'][]): Fault {
  return (stage, dice) => {
    const { world } = pick(
      dice,
      stage.steered.filter(({ kind }) => kinds.includes(kind)),
    )
    return world.order({ type: 'fail-send', how })
  }
}

function spoilBackend(endpoint: FaultOrder['endpoint']): Fault {
  return async (stage, dice) => {
    const kind = dice.pick<FaultOrder['kind']>(['status', 'empty', 'not-json', 'cut', 'reset'])
    await stage.backend.control.fault({ endpoint, kind })
    return true
  }
}

/** @param command on the command line of the process, which is a child of the gateway */
function killChild(command: RegExp): Fault {
  return async ({ home }, dice) => {
    for (let waitedMs = 0; waitedMs < childAppearsMs; waitedMs += lookEveryMs) {
      const children = processesWith(home.folder).filter((one) => command.test(one.command))
      if (children.length > 0) return kill(pick(dice, children).pid)
      await sleep(lookEveryMs)
    }
    return false
  }
}

/** @returns false where the process has ended by itself */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function pick<Item>(dice: Dice, items: readonly Item[]): Item {
  const item = items[dice.below(items.length)]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}

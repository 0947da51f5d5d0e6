// getupdates: the long poll in which a bot hears its user. An inbound message wakes it at once.

import { setImmediate } from 'node:timers/promises'
import { textAt, wireText } from '../json.ts'
import type { Bot } from '../state/bots.ts'
import type { Batch, Position } from '../state/mailbox.ts'
import { type BotHandler, type Call, type Outcome, staleSession } from './call.ts'

export const getUpdates: BotHandler = async (call, bot) => {
  const { world } = call
  const { token } = bot
  const cursor = readCursor(call, bot)
  const untilMs = performance.now() + world.settings.holdMs
  await noteRival(call, bot)
  for (;;) {
    // A poll outlives its token when that expires, or when the bot is bound again meanwhile.
    if (world.bots.byToken(token, world.clock.now()) !== bot) return staleSession(world)
    const batch = bot.mailbox.take(world.settings.delivery, cursor, Date.now())
    const leftMs = untilMs - performance.now()
    if (batch.texts.length > 0 || leftMs <= 0) return deliver(call, bot, batch)
    await bot.mailbox.waiters.wait(Math.min(leftMs, bot.mailbox.repeatInMs(Date.now()) ?? leftMs), call.gone)
    if (call.gone.aborted) return { kind: 'gone' }
    const fault = world.faults.take(call.endpoint, true)
    if (fault) return { kind: 'fault', fault }
  }
}

/** Two pollers of one bot compete. One that has just hung up is none: its end may arrive in the same moment. */
async function noteRival({ record }: Call, { mailbox }: Bot): Promise<void> {
  if (mailbox.waiters.count === 0) return
  await setImmediate()
  if (mailbox.waiters.count > 0) record.violations.push('another poll of this bot is still held')
}

/** Built by hand around messages that are wire text already. */
function deliver({ world }: Call, bot: Bot, batch: Batch): Outcome {
  const tail = wireText({
    get_updates_buf: writeCursor(bot, batch.position),
    longpolling_timeout_ms: world.settings.holdMs,
  })
  const text = `{"ret":0,"msgs":[${batch.texts.join(',')}],${tail.slice(1)}`
  return { kind: 'answer', text, undo: batch.undo }
}

function writeCursor(bot: Bot, { seq, batch }: Position): string {
  return Buffer.from(`${bot.botId} ${seq} ${batch}`).toString('base64')
}

const beginning: Position = { seq: 0, batch: 0 }

/** The position of a cursor; the beginning for an empty one and for one that this service never gave. */
function readCursor({ body, record }: Call, bot: Bot): Position {
  const cursor = textAt(body, 'get_updates_buf')
  if (cursor === '') return beginning
  const text = Buffer.from(cursor, 'base64').toString('utf8')
  const [, botId, seq, batch] = /^(\S+) (\d{1,15}) (\d{1,15})$/.exec(text) ?? []
  if (botId === bot.botId) return { seq: Number(seq), batch: Number(batch) }
  record.violations.push('get_updates_buf is not a cursor of this bot')
  return beginning
}

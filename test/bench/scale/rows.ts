/**
 * What a message costs with a thousand messages stored and with a million: two gateways with a database each, of which one
 * is filled by the server itself, in turn.
 */

import { printFigures, round } from '../../support/figures.ts'
import { row } from './report.ts'
import { busyRound, costOf, figuresOf, inTurn, ratioOf, type Size } from './rounds.ts'
import type { Side, Stage } from './stage.ts'

const few = 1_000
const goal = 'at most 1.1'
/** Messages of an account are in so many conversations; every second one in that of the person who writes. */
const conversations = 1_000
const storedDays = 7
const msPerDay = 86_400_000

export async function measureRows(stage: Stage, accounts: number, many: number, size: Size): Promise<void> {
  const small = await stage.start({ name: 'few', accounts, store: 'postgres' })
  const large = await stage.start({ name: 'many', accounts, store: 'postgres' })
  // The rows that are copied come from real turns.
  for (const side of [small, large]) await busyRound(stage, side, size)
  await fill(stage, small, few)
  await fill(stage, large, many)
  for (const side of [small, large]) await busyRound(stage, side, size)

  const [ofFew = [], ofMany = []] = await inTurn([small, large], size.rounds, (side) =>
    busyRound(stage, side, size),
  )
  const figures = {
    few: figuresOf(ofFew),
    many: figuresOf(ofMany),
    cost: ratioOf(ofMany, ofFew, costOf),
    costInDatabase: ratioOf(ofMany, ofFew, ({ cpuMsPerTurn }) => cpuMsPerTurn.postgres),
    time: ratioOf(ofFew, ofMany),
    megabytes: round(await megabytesOf(stage, large)),
  }
  printFigures('scale-rows', { accounts, stored: { few, many }, ...figures })
  row(`messages/s with ${few} stored`, figures.few.perSecond)
  row(`messages/s with ${many} stored`, figures.many.perSecond)
  row('cost of a message with the most stored, CPU of gateway and database', figures.cost, goal)
  row('time of a message with the most stored', figures.time, goal)
  row(`size of the database with ${many} stored`, figures.megabytes, '', 'MB')
  for (const side of [small, large]) await stage.stop(side)
}

/** Every message with its answer and the record of its turn, as old ones are stored. */
async function fill({ server }: Stage, { database = '', botIds }: Side, count: number): Promise<void> {
  const each = Math.ceil(count / botIds.length)
  const old = `(random() * ${storedDays * msPerDay})::bigint`
  // An old conversation has another id than that of the person who writes now.
  const elsewhere = `CASE n % 2 WHEN 0 THEN '' ELSE '-' || n % ${conversations} END`
  await server.query(
    copies('moltbot_wechat.journal', 'account_id', `state = 'answered'`, each, {
      message_id: `message_id || '-' || n`,
      turn_id: `turn_id || '-' || n`,
      conversation_id: `conversation_id || ${elsewhere}`,
      received_ms: `received_ms - ${old}`,
    }),
    database,
  )
  await server.query(
    copies('moltbot_wechat.outbox', 'account_id', `state = 'sent'`, each, {
      group_id: `group_id || '-' || n`,
      client_id: `client_id || '-' || n`,
      conversation_id: `conversation_id || ${elsewhere}`,
      created_ms: `created_ms - ${old}`,
    }),
    database,
  )
  await server.query(
    copies('moltbot.turn_record', 'account_id', 'true', each, {
      turn_id: `turn_id || '-' || n`,
      began_ms: `began_ms - ${old}`,
    }),
    database,
  )
  await server.query('VACUUM ANALYZE', database)
  await server.query('CHECKPOINT', database)
}

/** SQL that multiplies one row of each account, with some columns changed. `n` counts the copies. */
function copies(
  table: string,
  account: string,
  which: string,
  each: number,
  changes: Readonly<Record<string, string>>,
): string {
  const [schema = '', name = ''] = table.split('.')
  const changed = Object.entries(changes)
    .map(([column, value]) => `WHEN '${column}' THEN $change$${value}$change$`)
    .join(' ')
  return `
    DO $$ DECLARE names text; chosen text; BEGIN
      SELECT string_agg(column_name::text, ', '), string_agg(CASE column_name ${changed} ELSE column_name::text END, ', ')
        INTO names, chosen FROM information_schema.columns
        WHERE table_schema = '${schema}' AND table_name = '${name}' AND is_identity = 'NO';
      EXECUTE format('INSERT INTO ${table} (%s) SELECT %s FROM (
        SELECT DISTINCT ON (${account}) * FROM ${table} WHERE ${which.replaceAll("'", "''")}) AS one,
        generate_series(1, ${each}) AS n', names, chosen);
    END $$`
}

async function megabytesOf({ server }: Stage, { database = '' }: Side): Promise<number> {
  const [found] = await server.query('SELECT pg_database_size(current_database()) AS bytes', database)
  return Number(found?.bytes) / 1_000_000
}

/**
 * The gateways that share the accounts, as rows of the database. A gateway is a member while its row is there; whoever
 * finds it silent deletes the row, and with it everything that it held.
 */

import type { SqlSession } from '@moltbot/channel-sdk/sql'
import { z } from 'zod'

/** Wakes every gateway: members or holds have changed. The database notifies it. Carries nothing. */
export const changesChannel = 'moltbot_gateways'

/** What a gateway says about itself with each beat. */
export interface OwnFacts {
  readonly weight: number
  /** Of the configuration as it is in use. */
  readonly configHash: string
}

const memberRow = z.object({
  id: z.string(),
  name: z.string(),
  weight: z.number(),
  isDraining: z.boolean(),
  beat: z.coerce.number(),
  configHash: z.string(),
  version: z.string(),
  joinedMs: z.coerce.number(),
  silentMs: z.coerce.number(),
})

export interface Member extends z.output<typeof memberRow> {}

const viewRow = memberRow.extend({
  isMember: z.boolean(),
  hasCommands: z.boolean(),
  change: z.coerce.number(),
  server: z.string(),
})

export interface View {
  /** Oldest first. */
  readonly members: readonly Member[]
  /** Is there a command for this gateway, or an answer to one of its own? */
  readonly hasCommands: boolean
  /** Another one after members or holds have changed. */
  readonly change: number
  /** Another one after the server was started again, or a standby took its place. */
  readonly server: string
}

const sql = {
  join: `
    INSERT INTO cluster.member (id, name, weight, config_hash, version) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING`,
  // The members are read as they were before the beat, which is as good.
  beat: `
    WITH me AS (
      UPDATE cluster.member SET beat = beat + 1, seen_at = clock_timestamp(), weight = $2, config_hash = $3
      WHERE id = $1 RETURNING id)
    SELECT id, name, weight, is_draining AS "isDraining", beat, config_hash AS "configHash", version,
      extract(epoch FROM joined_at) * 1000 AS "joinedMs",
      greatest(0, extract(epoch FROM clock_timestamp() - seen_at) * 1000) AS "silentMs",
      pg_postmaster_start_time()::text AS server, (SELECT number FROM cluster.change) AS change,
      EXISTS (SELECT FROM me) AS "isMember",
      EXISTS (SELECT FROM cluster.command WHERE target_id = $1 AND NOT is_taken)
        OR EXISTS (SELECT FROM cluster.command WHERE sender_id = $1 AND answer IS NOT NULL) AS "hasCommands"
    FROM cluster.member ORDER BY joined_at, id`,
  expel: 'DELETE FROM cluster.member WHERE id = $1 AND beat = $2 RETURNING id',
  leave: 'DELETE FROM cluster.member WHERE id = $1',
  drain: 'UPDATE cluster.member SET is_draining = $2 WHERE id = $1 RETURNING id',
  wake: 'SELECT pg_notify($1, $2)',
}

export class Members {
  readonly #db: SqlSession

  constructor(db: SqlSession) {
    this.#db = db
  }

  async join(id: string, name: string, version: string, { weight, configHash }: OwnFacts): Promise<void> {
    await this.#db.query(sql.join, [id, name, weight, configHash, version])
  }

  /** Renews the membership. @returns undefined where the others have taken it away */
  async beat(id: string, { weight, configHash }: OwnFacts): Promise<View | undefined> {
    const rows = z.array(viewRow).parse(await this.#db.query(sql.beat, [id, weight, configHash]))
    const [first] = rows
    if (first === undefined || !first.isMember) return undefined
    const { hasCommands, change, server } = first
    return { members: rows, hasCommands, change, server }
  }

  /** Takes the membership away from a gateway that has not beaten since. @returns whether it was so */
  async expel({ id, beat }: Pick<Member, 'id' | 'beat'>): Promise<boolean> {
    return (await this.#db.query(sql.expel, [id, beat])).length > 0
  }

  /** Frees all that it holds; nothing of it may run any more. */
  async leave(id: string): Promise<void> {
    await this.#db.query(sql.leave, [id])
  }

  /** @returns whether there is such a member */
  async drain(id: string, isDraining: boolean): Promise<boolean> {
    return (await this.#db.query(sql.drain, [id, isDraining])).length > 0
  }

  /** Wakes every gateway that listens to this channel. */
  async wake(channel: string): Promise<void> {
    await this.#db.query(sql.wake, [channel, ''])
  }
}

/** The members that may serve accounts. Of several with one name the newest counts: the others are what it replaced. */
export function candidatesOf(members: readonly Member[]): Member[] {
  const newest = new Map<string, Member>()
  for (const member of members.toSorted((one, other) => one.joinedMs - other.joinedMs))
    newest.set(member.name, member)
  return [...newest.values()].map((member) => (member.isDraining ? { ...member, weight: 0 } : member))
}

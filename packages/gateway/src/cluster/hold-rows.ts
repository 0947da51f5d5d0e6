/**
 * Who holds which account, as rows of the database. An account has one row for ever; its term grows with each new hold,
 * and the channel's store refuses a holder whose term is not the latest.
 */

import type { AccountStatus } from '@moltbot/channel-sdk'
import type { SqlSession } from '@moltbot/channel-sdk/sql'
import { z } from 'zod'

const holdRow = z.object({
  account: z.string(),
  gatewayId: z.string().nullable(),
  term: z.coerce.number(),
  isStopped: z.boolean(),
})

export interface HoldRow extends z.output<typeof holdRow> {}

const reportRow = z.object({
  account: z.string(),
  gatewayId: z.string().nullable(),
  /** JSON. */
  status: z.string().nullable(),
})

export interface HoldReport extends z.output<typeof reportRow> {}

const columns = 'account, member_id AS "gatewayId", term, is_stopped AS "isStopped"'
const sql = {
  all: `SELECT ${columns} FROM cluster.hold`,
  // The reference to the own row fails where this gateway is no member any more.
  take: `
    INSERT INTO cluster.hold AS hold (account, member_id, term)
    SELECT account, $1::uuid, 1 FROM unnest($2::text[]) AS account
    ON CONFLICT (account) DO UPDATE SET member_id = excluded.member_id, term = hold.term + 1
    WHERE hold.member_id IS NULL
    RETURNING ${columns}`,
  giveBack:
    'UPDATE cluster.hold SET member_id = NULL, status = NULL WHERE member_id = $1 AND account = ANY($2::text[])',
  setStopped:
    'UPDATE cluster.hold SET is_stopped = $3 WHERE member_id = $1 AND account = $2 RETURNING account',
  report: `
    UPDATE cluster.hold AS hold SET status = report.status
    FROM unnest($2::text[], $3::text[]) AS report (account, status)
    WHERE hold.account = report.account AND hold.member_id = $1`,
  reports: 'SELECT account, member_id AS "gatewayId", status FROM cluster.hold',
}

export class HoldRows {
  readonly #db: SqlSession

  constructor(db: SqlSession) {
    this.#db = db
  }

  async all(): Promise<readonly HoldRow[]> {
    return z.array(holdRow).parse(await this.#db.query(sql.all))
  }

  /** Takes those that nobody holds. @returns those that it took */
  async take(gatewayId: string, accounts: readonly string[]): Promise<readonly HoldRow[]> {
    return z.array(holdRow).parse(await this.#db.query(sql.take, [gatewayId, accounts]))
  }

  async giveBack(gatewayId: string, accounts: readonly string[]): Promise<void> {
    await this.#db.query(sql.giveBack, [gatewayId, accounts])
  }

  /** Whether the account stays stopped, whoever holds it. @returns false where this gateway does not hold it */
  async setStopped(gatewayId: string, account: string, isStopped: boolean): Promise<boolean> {
    return (await this.#db.query(sql.setStopped, [gatewayId, account, isStopped])).length > 0
  }

  /** Publishes the states of accounts that this gateway holds. */
  async report(gatewayId: string, statuses: ReadonlyMap<string, AccountStatus>): Promise<void> {
    const texts = [...statuses.values()].map((status) => JSON.stringify(status))
    await this.#db.query(sql.report, [gatewayId, [...statuses.keys()], texts])
  }

  async reports(): Promise<readonly HoldReport[]> {
    return z.array(reportRow).parse(await this.#db.query(sql.reports))
  }
}

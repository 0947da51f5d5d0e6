/**
 * What the command line reads of `GET /api/status`; a newer gateway may say more.
 */

import { z } from 'zod'

export const statusView = z.object({
  version: z.string(),
  pid: z.number(),
  url: z.string(),
  stateDir: z.string(),
  phase: z.string(),
  healthy: z.boolean(),
  problems: z.array(z.string()),
  warnings: z.array(z.string()),
  config: z.object({ path: z.string(), reloadError: z.string().optional() }),
  model: z.string().optional(),
  proxy: z.string().optional(),
  accounts: z.array(
    z.object({
      channel: z.string(),
      accountId: z.string(),
      name: z.string().optional(),
      puppet: z.string(),
      sinceMs: z.number(),
      state: z.string(),
      reason: z.string(),
      nextAction: z.enum(['none', 'scan', 'enter-code', 'fix-config', 'wait']),
      outbox: z.object({ waiting: z.number(), troubled: z.number() }),
      setAside: z.number().default(0),
      warnings: z.array(z.string()).default([]),
      /** Why a person is needed, when one is. */
      problem: z.string().optional(),
      /** The text of the QR code to scan. */
      qr: z.string().optional(),
    }),
  ),
  /** The account of a command that names none. */
  defaultAccountId: z.string().optional(),
  pairing: z.object({ pending: z.number() }),
  setAside: z.number().default(0),
  restarts: z.number(),
})

export type AccountView = z.infer<typeof statusView>['accounts'][number]
export type GatewayStatusView = z.infer<typeof statusView>

/**
 * The Chinese of what a running gateway tells as finished English: its own texts, those of its channels and of libraries. The
 * dashboard brings these and its own, and nothing that only a command says.
 */

import { accounts } from './accounts.ts'
import { channel } from './channel.ts'
import { cluster } from './cluster.ts'
import { composed } from './composed.ts'
import { config } from './config.ts'
import { errors } from './errors.ts'
import { sends } from './sends.ts'
import { surroundings } from './surroundings.ts'

export const told = {
  ...errors,
  ...config,
  ...composed,
  ...accounts,
  ...channel,
  ...sends,
  ...surroundings,
  ...cluster,
} as const

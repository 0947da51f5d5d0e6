/**
 * The Chinese of every text of the command line, by its English.
 */

import { accounts } from './accounts.ts'
import { channel } from './channel.ts'
import { composed } from './composed.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { errors } from './errors.ts'
import { help } from './help.ts'
import { imports } from './imports.ts'
import { output } from './output.ts'
import { sends } from './sends.ts'
import { setup } from './setup.ts'
import { surroundings } from './surroundings.ts'

/** Texts that also come as finished English: from the gateway, its channels and libraries. See `Speech.translate`. */
export const recognised = {
  ...errors,
  ...config,
  ...composed,
  ...accounts,
  ...imports,
  ...channel,
  ...sends,
  ...surroundings,
  ...doctor,
  ...setup,
} as const

export const chinese = { ...help, ...output, ...recognised } as const

/**
 * The Chinese of texts that also come as finished English. See `Speech.translate`.
 */

import { commandErrors } from './command-errors.ts'
import { doctor } from './doctor.ts'
import { imports } from './imports.ts'
import { movingErrors } from './moving.ts'
import { setup } from './setup.ts'
import { told } from './told.ts'

export const recognised = {
  ...told,
  ...commandErrors,
  ...imports,
  ...doctor,
  ...setup,
  ...movingErrors,
} as const

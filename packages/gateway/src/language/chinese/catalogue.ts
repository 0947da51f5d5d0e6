/**
 * The Chinese of every text of the command line and the dashboard, by its English.
 */

import { clusterOutput } from './cluster.ts'
import { dashboard } from './dashboard.ts'
import { help } from './help.ts'
import { moving } from './moving.ts'
import { output } from './output.ts'
import { programs } from './programs.ts'
import { recognised } from './recognised.ts'

export const chinese = {
  ...help,
  ...output,
  ...clusterOutput,
  ...dashboard,
  ...moving,
  ...programs,
  ...recognised,
} as const

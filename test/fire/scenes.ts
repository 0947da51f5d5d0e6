/** Every failure that is tried. */

import type { Scene } from './scene.ts'
import { diskFails, diskFull } from './scenes/disk.ts'
import { databaseByte, logByte } from './scenes/flipped-byte.ts'
import { modelEndless, modelStalls } from './scenes/model.ts'
import { backendDown, dnsGone, networkRefuses, networkSilent } from './scenes/network.ts'
import { descriptorsGone, memoryGone, secondGateway } from './scenes/process.ts'
import { clockBack, clockForward, sleeps } from './scenes/time.ts'

export const scenes: readonly Scene[] = [
  modelStalls,
  modelEndless,
  backendDown,
  networkRefuses,
  networkSilent,
  dnsGone,
  clockBack,
  clockForward,
  sleeps,
  descriptorsGone,
  memoryGone,
  secondGateway,
  diskFull,
  diskFails,
  logByte,
  databaseByte,
]

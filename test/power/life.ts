/**
 * A life of the gateway that ends with a power failure.
 */

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Dice } from '../chaos/dice.ts'
import type { Life } from '../crash/stream.ts'
import type { GatewayHome, RunningGateway } from '../support/gateway.ts'
import { cutPower } from './cut.ts'
import { filesIn, imageOf } from './image.ts'

const preload = new URL('disk.ts', import.meta.url).href
/** Some of these happen at the start. */
const mostFlushes = 30
const longestHoldMs = 1_000

export class PowerLife implements Life {
  readonly name = 'power'
  /** Databases that are not sound after the failure. */
  readonly damage: string[] = []
  readonly #image: string
  readonly #dice: Dice

  /** @param image folder for what the disk holds */
  constructor(image: string, dice: Dice) {
    this.#image = image
    this.#dice = dice
  }

  start(home: GatewayHome): RunningGateway {
    imageOf(this.#image, home.stateDir)
    const holds = `${this.#dice.below(mostFlushes)}:${this.#dice.below(longestHoldMs)}`
    return home.startWith({
      MOLTBOT_DISK: this.#image,
      MOLTBOT_DISK_HOLDS: holds,
      NODE_OPTIONS: `--conditions=@moltbot/source --import ${preload}`,
    })
  }

  ended({ stateDir }: GatewayHome): void {
    cutPower(stateDir, this.#image, this.#dice)
    this.damage.push(...damageIn(stateDir))
  }
}

/** Looks at copies: opening a database repairs it. */
function damageIn(stateDir: string): string[] {
  const copies = mkdtempSync(join(tmpdir(), 'moltbot-check-'))
  try {
    const databases = filesIn(stateDir).filter((path) => path.endsWith('.sqlite'))
    const aside = filesIn(stateDir).filter((path) => path.includes('.corrupt-'))
    return [...aside, ...databases.flatMap((path) => check(path, join(copies, basename(path))))]
  } finally {
    rmSync(copies, { recursive: true })
  }
}

function check(path: string, copy: string): string[] {
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  const db = new DatabaseSync(copy)
  try {
    const found = String(db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check)
    return found === 'ok' ? [] : [`${path}: ${found}`]
  } catch (error) {
    return [`${path}: ${String(error)}`]
  } finally {
    db.close()
  }
}

/**
 * A disk of a few megabytes that a test can fill, where this machine lets a file system be mounted.
 */

import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SmallDisk {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** @throws where nothing can be mounted */
  static mount(megabytes: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), 'moltbot-disk-'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'moltbot-test', folder], {
        stdio: 'ignore',
      })
    } catch (error) {
      rmdirSync(folder)
      throw error
    }
    return new SmallDisk(folder)
  }

  /** Leaves no byte free. */
  fill(): void {
    const file = openSync(this.#filler, 'w')
    try {
      for (const block = Buffer.alloc(4_096); ; ) writeSync(file, block)
    } catch {
      // It is full.
    } finally {
      closeSync(file)
    }
  }

  /** Takes away what `fill` wrote. */
  free(): void {
    rmSync(this.#filler)
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.folder])
    rmdirSync(this.folder)
  }

  get #filler(): string {
    return join(this.folder, 'filler')
  }
}

/** For `describe.skipIf`: says by name what is not tested. */
export const withoutSmallDisks = !canMount()
/** Behind the name of a test that needs one. */
export const smallDiskNote = withoutSmallDisks ? ' (skipped: no file system can be mounted here)' : ''

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    SmallDisk.mount(1).unmount()
    return true
  } catch {
    return false
  }
}

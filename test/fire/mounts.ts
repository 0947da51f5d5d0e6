/**
 * What a gateway gets of its own where the user may mount: a small disk for its state, which can be full and can fail, and
 * a file of host names. Linux, as root.
 */

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const run = (command: string, ...args: readonly string[]) => execFileSync(command, args, { stdio: 'pipe' })

const memory = '/dev/shm'

let answer: boolean | undefined

export function canMount(): boolean {
  answer ??= tryMount()
  return answer
}

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-mount-'))
  try {
    const disk = new Disk(join(folder, 'disk'))
    disk.remove()
    run('unshare', '--mount', 'true')
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export class Disk {
  readonly #folder: string
  readonly #image: string

  /** Mounts a new disk of 16 MB at `folder`. It is in memory where that is possible: other disks may be busy. */
  constructor(folder: string) {
    const image = join(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'moltbot-disk-')), 'image')
    this.#folder = folder
    this.#image = image
    mkdirSync(folder, { mode: 0o700 })
    run('truncate', '--size', '16M', image)
    run('mkfs.ext4', '-q', '-F', image)
    this.#mount()
    run('chmod', '700', folder)
  }

  /** Writes until there is no room. @returns what makes room again */
  fill(): () => void {
    const file = join(this.#folder, 'filler')
    const fd = openSync(file, 'w')
    for (const size of [65_536, 1_024]) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(size, 1))
      } catch {
        // There is no room for so much.
      }
    }
    closeSync(fd)
    return () => rmSync(file)
  }

  /** It becomes read-only, for files that are open too: what ext4 does itself when a disk fails under it. */
  fail(): void {
    run('mount', '-o', 'remount,abort', this.#folder)
  }

  /** As an administrator does it, after everything that uses it has ended. */
  repair(): void {
    run('umount', this.#folder)
    // Exit code 1: errors were corrected.
    run('sh', '-c', `e2fsck -p ${this.#image} || [ $? -eq 1 ]`)
    this.#mount()
  }

  remove(): void {
    run('umount', '--lazy', this.#folder)
    rmSync(dirname(this.#image), { recursive: true })
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.#folder)
  }
}

/** The backend's name, for a gateway that is started `under` this. Its resolver does not answer. */
export class HostName {
  static readonly name = 'ilink.test'
  readonly #hosts: string
  /** The command that starts the gateway. */
  readonly under: readonly string[]

  constructor(folder: string) {
    this.#hosts = join(folder, 'hosts')
    const resolver = join(folder, 'resolv.conf')
    writeFileSync(resolver, 'nameserver 127.0.0.1\n')
    this.isKnown(true)
    const mounts = `mount --bind ${this.#hosts} /etc/hosts && mount --bind ${resolver} /etc/resolv.conf`
    this.under = ['unshare', '--mount', 'sh', '-c', `${mounts} && exec "$@"`, 'sh']
  }

  isKnown(isKnown: boolean): void {
    writeFileSync(this.#hosts, isKnown ? `127.0.0.1 ${HostName.name}\n` : '\n')
  }
}

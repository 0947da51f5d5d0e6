/**
 * The user that a service of the machine runs as, and the one folder that it cannot make itself: systemd opens to it only
 * what is there when it starts.
 */

import { existsSync, lchownSync, mkdirSync, readFileSync } from 'node:fs'

export interface SystemUser {
  readonly home: string
  readonly uid: number
  readonly gid: number
}

/** Undefined for one that this machine does not have, or that has no home directory. */
export function systemUser(name: string): SystemUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`))
  const [, , uid, gid, , home] = line?.split(':') ?? []
  return home ? { home, uid: Number(uid), gid: Number(gid) } : undefined
}

/** Leaves a folder that is there as it is: it may be somebody else's. @throws what the file system says */
export function makeStateDirFor({ uid, gid }: SystemUser, folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { mode: 0o700 })
  // The user may have put a link in its place meanwhile.
  lchownSync(folder, uid, gid)
}

import { lstatSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { makeStateDirFor, systemUser } from './system-user.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(process.platform !== 'linux')('the user of a service', () => {
  it('has its ids and its home directory in the list of this machine', () => {
    const { username, uid, gid, homedir } = userInfo()
    expect(systemUser(username)).toEqual({ home: homedir, uid, gid })
    expect(systemUser('no-such-user-here')).toBeUndefined()
  })

  it.skipIf(!isRoot)('owns the state directory that is made for it, and no other user reads it', () => {
    const folder = join(scratch(), 'state')
    makeStateDirFor({ home: '/', uid: 4242, gid: 4343 }, folder)
    expect(statSync(folder)).toMatchObject({ uid: 4242, gid: 4343 })
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it.skipIf(!isRoot)('is not given what is there already, nor what a link leads to', () => {
    const folder = scratch()
    const theirs = { home: '/', uid: 4242, gid: 4343 }
    makeStateDirFor(theirs, folder)
    symlinkSync(folder, join(folder, 'link'))
    makeStateDirFor(theirs, join(folder, 'link'))
    symlinkSync(join(folder, 'missing'), join(folder, 'dangling'))
    expect(() => makeStateDirFor(theirs, join(folder, 'dangling'))).toThrow('EEXIST')
    expect(statSync(folder).uid).toBe(0)
    expect(readdirSync(folder)).toEqual(['dangling', 'link'])
    expect(lstatSync(join(folder, 'dangling')).uid).toBe(0)
  })
})

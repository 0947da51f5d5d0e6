/**
 * Class 6: reading or writing outside the folder. Inbound by file names, outbound by paths of the agent, and the folders
 * that are named after accounts.
 */

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { ReplyMedia } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { safeFileName } from '../../extensions/wechat/src/files/file-name.ts'
import { sendFileTool } from '../../packages/gateway/src/tools/send-file-tool.ts'
import { toolContext } from '../../packages/gateway/test/tool-context.ts'

const base = mkdtempSync(join(tmpdir(), 'moltbot-paths-'))
const workspace = join(base, 'work')
mkdirSync(workspace)
mkdirSync(join(base, 'work-evil'))
writeFileSync(join(base, 'secret'), 'secret')
writeFileSync(join(base, 'work-evil', 'secret'), 'secret')
symlinkSync(join(base, 'secret'), join(workspace, 'file-link'))
symlinkSync(base, join(workspace, 'folder-link'))

const escapes = [
  '../secret',
  'x/../../secret',
  '..\\secret',
  '/etc/passwd',
  'file:///etc/passwd',
  '%2e%2e/secret',
  '%252e%252e%252fsecret',
  '../work-evil/secret',
  'a\u0000b',
]

describe('a file that the agent sends', () => {
  it.each([...escapes, 'file-link', 'folder-link/secret'])('cannot be %j', async (path) => {
    const sent: ReplyMedia[] = []
    await expect(sendFileTool(workspace).execute({ path }, toolContext(sent))).rejects.toThrow()
    expect(sent).toEqual([])
  })
})

describe('a file from a user', () => {
  it.each([...escapes, '..', '.', '', '.bashrc', 'C:\\x', '/'])(
    'with the name %j stays in its folder',
    (name) => {
      const path = join(workspace, safeFileName(name))
      expect(dirname(path)).toBe(workspace)
      expect(basename(path)).not.toMatch(/^\.|\p{Cc}/u)
    },
  )
})

describe('an account', () => {
  it.each(['..', '../other', 'a/b', 'a\\b', '', '.', 'a\u0000'])('cannot be called %j', (id) => {
    expect(wechatConfigSchema.safeParse({ accounts: { [id]: {} } }).success).toBe(false)
  })
})

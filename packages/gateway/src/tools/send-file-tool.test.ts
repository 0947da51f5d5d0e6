import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReplyMedia } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { sendFileTool } from './send-file-tool.ts'

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'moltbot-workspace-')))
writeFileSync(join(workspace, 'report.pdf'), 'x')
writeFileSync(join(workspace, '.env'), 'x')
symlinkSync('/etc/passwd', join(workspace, 'link'))

async function send(input: unknown, maxFileBytes?: number): Promise<ReplyMedia[]> {
  const sent: ReplyMedia[] = []
  const { signal } = new AbortController()
  const context = { signal, attach: (media: ReplyMedia) => sent.push(media), maxFileBytes }
  await sendFileTool(workspace).execute(input, context)
  return sent
}

describe('the send_file tool', () => {
  it('attaches a file of the workspace, under its name or another', async () => {
    const source = { path: join(workspace, 'report.pdf') }
    expect(await send({ path: 'report.pdf' })).toEqual([{ source, name: 'report.pdf' }])
    expect(await send({ path: './report.pdf', name: 'Annual report.pdf' })).toEqual([
      { source, name: 'Annual report.pdf' },
    ])
  })

  it.each(['../secret', '/etc/passwd', 'link', '%2e%2e/secret'])('refuses %s', async (path) => {
    await expect(send({ path })).rejects.toThrow(/does not stay inside/)
  })

  it('refuses what is too large to be sent, in words for the model', async () => {
    writeFileSync(join(workspace, 'film.mp4'), 'xxx')
    expect(await send({ path: 'film.mp4' }, 3)).toHaveLength(1)
    await expect(send({ path: 'film.mp4' }, 2)).rejects.toThrow(
      '"film.mp4" has 3 bytes; a file may have 2 at most to be sent here',
    )
    rmSync(join(workspace, 'film.mp4'))
  })

  it('says what there is when it cannot find a file', async () => {
    await expect(send({ path: 'x.pdf' })).rejects.toThrow(
      'there is no file "x.pdf"; the workspace has: "link", "report.pdf"',
    )
    await expect(send({ file: 'x' })).rejects.toThrow(/input is wrong/)
  })
})

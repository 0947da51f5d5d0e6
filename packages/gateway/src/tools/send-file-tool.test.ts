import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReplyMedia } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { toolContext } from '../../test/tool-context.ts'
import { sendFileTool } from './send-file-tool.ts'

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'moltbot-workspace-')))
writeFileSync(join(workspace, 'report.pdf'), 'x')
writeFileSync(join(workspace, '.env'), 'x')
symlinkSync('/etc/passwd', join(workspace, 'link'))

async function send(input: unknown, maxFileBytes?: number): Promise<ReplyMedia[]> {
  const sent: ReplyMedia[] = []
  await sendFileTool(workspace).execute(input, { ...toolContext(sent), maxFileBytes })
  return sent
}
/** The names under which files are sent, and what is in them. */
const shown = (sent: readonly ReplyMedia[]) =>
  sent.map(({ source, name }) => ['path' in source && readFileSync(source.path, 'utf8'), name])

describe('the send_file tool', () => {
  it('attaches a file of the workspace, under its name or another', async () => {
    expect(shown(await send({ path: 'report.pdf' }))).toEqual([['x', 'report.pdf']])
    expect(shown(await send({ path: './report.pdf', name: 'Annual report.pdf' }))).toEqual([
      ['x', 'Annual report.pdf'],
    ])
  })

  it('attaches a copy, which stays as it was when it was checked', async () => {
    writeFileSync(join(workspace, 'draft.txt'), 'first')
    const sent = await send({ path: 'draft.txt' })
    writeFileSync(join(workspace, 'draft.txt'), 'second')
    expect(shown(sent)).toEqual([['first', 'draft.txt']])
    rmSync(join(workspace, 'draft.txt'))
  })

  it('attaches a file that another tool returned in the same turn', async () => {
    const sent: ReplyMedia[] = []
    const context = toolContext(sent)
    await context.files.produce({ bytes: Buffer.from('chart'), mimeType: 'image/png', name: 'chart.png' })
    await sendFileTool(workspace).execute({ path: 'chart.png' }, context)
    expect(shown(sent)).toEqual([['chart', 'chart.png']])
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

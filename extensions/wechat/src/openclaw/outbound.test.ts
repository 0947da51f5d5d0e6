import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SendReceipt, SendRequest } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allowedMedia, confined, sendOrder } from './outbound.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltbot-outbound-'))
  mkdirSync(join(folder, 'workspace'))
  for (const file of ['workspace/a.txt', 'secret.txt']) writeFileSync(join(folder, file), 'x')
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'workspace/link.txt'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file that an agent sends', () => {
  const check = (path: string, roots = [join(folder, 'workspace')]) =>
    allowedMedia({ source: { path } }, roots)

  it('is in a folder that the host allows', async () => {
    await expect(check(join(folder, 'workspace/a.txt'))).resolves.toMatchObject({
      source: { path: expect.any(String) },
    })
    await expect(allowedMedia({ source: { url: 'https://e.org/x' } }, [])).resolves.toBeDefined()
  })

  it.each([
    'secret.txt',
    'workspace/../secret.txt',
    'workspace/link.txt',
    'workspace',
    'workspace/missing/../../secret.txt',
  ])('is refused at %s', async (path) => {
    await expect(check(join(folder, path))).rejects.toMatchObject({ code: 'media-unreadable' })
  })

  it('is refused without such a folder', async () => {
    await expect(check(join(folder, 'workspace/a.txt'), [])).rejects.toMatchObject({
      code: 'media-unreadable',
    })
  })
})

describe('a reply', () => {
  it('keeps the files that its agent may send, and names the others', async () => {
    const media = ['workspace/a.txt', 'secret.txt', 'workspace/link.txt'].map((path) => ({
      source: { path: join(folder, path) },
    }))
    const piece = await confined({ text: 'here', media }, [join(folder, 'workspace')])
    expect(piece).toMatchObject({
      text: 'here',
      media: [{ source: { path: expect.stringMatching(/a\.txt$/) } }],
    })
    expect(piece.media).toHaveLength(1)
    expect(piece.note?.en).toBe('[secret.txt, link.txt: could not be sent]')
  })

  it('without files stays as it is', async () => {
    expect(await confined({ text: 'hello' }, [])).toEqual({ text: 'hello' })
  })
})

describe('a message that OpenClaw sends', () => {
  const channel = (receipt: SendReceipt, sent: SendRequest[] = []) => ({
    send: async (request: SendRequest) => {
      sent.push(request)
      return receipt
    },
  })
  const order = { cfg: {}, to: 'wechaty:oUser@im.wechat', text: 'hi' }

  it('goes to the id in its target', async () => {
    const sent: SendRequest[] = []
    await sendOrder(channel({ status: 'sent', chunks: 1, sent: 1 }, sent), 'a', order)
    expect(sent).toEqual([{ accountId: 'a', to: 'oUser@im.wechat', text: 'hi' }])
  })

  it('has a file of the workspace by its relative path', async () => {
    const sent: SendRequest[] = []
    const workspace = join(folder, 'workspace')
    const file = {
      mediaUrl: './a.txt',
      mediaLocalRoots: [workspace],
      mediaAccess: { workspaceDir: workspace },
    }
    await sendOrder(channel({ status: 'sent', chunks: 1, sent: 1 }, sent), 'a', { ...order, ...file })
    expect(sent).toMatchObject([{ media: { source: { path: expect.stringMatching(/workspace\/a\.txt$/) } } }])
    const outside = { ...order, ...file, mediaUrl: '../secret.txt' }
    await expect(sendOrder(channel({ status: 'sent', chunks: 1, sent: 1 }), 'a', outside)).rejects.toThrow(
      'no folder',
    )
  })

  it('is not reported as sent when parts of it are not', async () => {
    const receipt = { status: 'partly-sent', chunks: 3, sent: 1, reason: 'quota' } as const
    await expect(sendOrder(channel(receipt), 'a', order)).rejects.toThrow('1 of 3 parts were sent: quota')
  })
})

/**
 * Class 7: exhaustion of resources. Caps apply before the work is done, and before the client is authenticated.
 */

import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchText } from '@moltbot/channel-sdk/url-guard'
import { afterEach, describe, expect, it } from 'vitest'
import { MentionPatterns } from '../../extensions/wechat/src/config/patterns.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import {
  findMention,
  maxPatternTextLength,
  stripMention,
} from '../../extensions/wechat/src/policy/mention.ts'
import { safeBody, safeLabel } from '../../extensions/wechat/src/policy/untrusted.ts'
import { groupMessage } from '../../extensions/wechat/test/policy.ts'
import { loadConfig } from '../../packages/gateway/src/config/load.ts'
import { createControlApp } from '../../packages/gateway/src/control/app.ts'
import type { ControlTarget } from '../../packages/gateway/src/control/target.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

describe('the control plane', () => {
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
  const target = new Proxy<ControlTarget>(Object.create(null), {
    get: (_, name) => {
      if (name === 'phone') return undefined
      throw new Error('the gateway was asked')
    },
  })
  const app = createControlApp({ token: 'right', target, log, boundPort: () => 0 })

  /** How much of the body was read, and the answer. */
  async function post(authorization: string): Promise<[pieces: number, status: number]> {
    let pieces = 0
    const body = new ReadableStream({
      pull: (controller) => {
        pieces++
        if (pieces > 1_000) controller.close()
        else controller.enqueue(Buffer.alloc(64 * 1024, '['))
      },
    })
    const headers = { host: 'localhost', authorization }
    const request = new Request('http://localhost/api/send', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    })
    const { status } = await app.request(request)
    return [pieces, status]
  }

  it('does not read the body of a client without the token', async () => {
    const [pieces, status] = await post('Bearer wrong')
    expect(status).toBe(401)
    expect(pieces).toBeLessThan(5)
  })

  it('stops reading a body that is too large', async () => {
    const [pieces, status] = await post('Bearer right')
    expect(status).toBe(413)
    expect(pieces).toBeLessThan(10)
  })
})

describe('the server of a URL', () => {
  async function ask(answer: RequestListener, timeoutMs = 20_000): Promise<unknown> {
    const server = createServer(answer).listen(0, '127.0.0.1')
    closing.push(() => server.close().closeAllConnections())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const signal = new AbortController().signal
    const options = { maxBytes: 1_000, timeoutMs, signal, isAllowed: () => true }
    return fetchText(`http://127.0.0.1:${port}/`, options).catch((error: unknown) => error)
  }

  it('cannot send more than the cap, with or without a declared length', async () => {
    const announced = ask((_, response) => response.setHeader('content-length', 1e9).flushHeaders())
    expect(await announced).toMatchObject({ code: 'url-too-large' })
    const endless = ask((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1_024)));
      }
      response.on('drain', more)
      more()
    })
    expect(await endless).toMatchObject({ code: 'url-too-large' })
  })

  it('cannot hold the reader by sending a byte now and then', async () => {
    const slow = ask((_, response) => {
      const drip = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(drip))
    }, 300)
    expect(await slow).toMatchObject({ code: 'url-timeout' })
  })
})

describe('a text of a stranger', () => {
  const flood = `\u200b[System]: \n${'＜'.repeat(10_000_000)}`
  it('is shortened to its cap for the agent', () => {
    expect(safeLabel(flood).length).toBeLessThanOrEqual(64)
    expect(safeBody(flood, 1_000).length).toBeLessThanOrEqual(1_000)
  })
})

describe('a mention pattern', () => {
  it.each([
    ['(a+)+$', 'a'],
    ['(x+x+)+y', 'x'],
    ['(a|a)*b', 'a'],
    ['(?:.*.*)*=', 'a'],
    ['(\\w+\\s?)+!', 'word '],
    ['@(a*)*b', '@a'],
  ])('%j finishes on a message that takes backtracking exponential time', (source, part) => {
    const { mentionPatterns = [] } = wechatConfigSchema.parse({ mentionPatterns: [source] })
    const patterns = new MentionPatterns(mentionPatterns)
    const text = `${part.repeat(maxPatternTextLength).slice(0, maxPatternTextLength - 1)}?`
    expect(findMention(groupMessage({ text }), patterns)).toBeUndefined()
    expect(stripMention(text, { selfName: '' }, patterns)).toBe(text)
  })

  it.each(['(?=a)(a+)+$', '(a+)\\1+$'])('%j, which needs backtracking, is rejected', (source) => {
    expect(wechatConfigSchema.safeParse({ mentionPatterns: [source] }).success).toBe(false)
  })
})

describe('a configuration', () => {
  it.each([
    ['larger than a configuration can be', ' '.repeat(1024 * 1024 + 1)],
    ['of brackets without an end', '['.repeat(100_000)],
  ])('%s is rejected with a reason', async (_name, text) => {
    const path = join(mkdtempSync(join(tmpdir(), 'moltbot-config-')), 'config.json5')
    writeFileSync(path, text)
    await expect(loadConfig({ path, env: {}, channels: [] })).rejects.toMatchObject({
      code: expect.stringMatching(/^config-/),
    })
  })

  it('cannot have lists of any length', () => {
    const allowFrom = Array.from({ length: 10_001 }, (_, index) => `o9Person${index}`)
    expect(wechatConfigSchema.safeParse({ allowFrom }).success).toBe(false)
  })
})

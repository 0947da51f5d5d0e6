import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createMailServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { type AlertWay, alertsSchema } from '../config/alerts-schema.ts'
import { type Notification, nameOf, tell, webhookRequest } from './ways.ts'

const servers: { close(): unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const alert: Notification = {
  kind: 'begun',
  key: 'account/wechat/home',
  title: '标题',
  text: 'home is out "now"\nsince 12:00',
}
const { signal } = new AbortController()
const nobody = () => Promise.reject(new Error('not asked'))
const nowMs = 1_764_331_200_000

function wayOf(way: object): AlertWay {
  const [one] = alertsSchema.parse({ to: [way] }).to
  if (one === undefined) throw new Error('no way')
  return one
}

function webhook(template: string, more: object = {}) {
  const way = wayOf({ type: 'webhook', url: 'https://robot.example/send?key=k', template, ...more })
  if (way.type !== 'webhook') throw new Error('no webhook')
  return way
}

async function robot(status: number, answer: string) {
  const got: { url: string | undefined; type: string | undefined; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    got.push({ url: request.url, type: request.headers['content-type'], body })
    response.writeHead(status).end(answer)
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return { got, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/send?key=k` }
}

describe('a webhook', () => {
  const content = '标题\nhome is out "now"\nsince 12:00'

  it.each([
    ['wecom', { msgtype: 'text', text: { content } }],
    ['dingtalk', { msgtype: 'text', text: { content } }],
    ['feishu', { msg_type: 'text', content: { text: content } }],
    ['slack', { text: content }],
    ['bark', { title: '标题', body: alert.text }],
    [
      'json',
      {
        source: 'moltbot',
        kind: 'begun',
        key: alert.key,
        title: '标题',
        text: alert.text,
        time: new Date(nowMs).toISOString(),
      },
    ],
  ])('is what %s expects', (template, body) => {
    expect(JSON.parse(webhookRequest(webhook(template), alert, nowMs).body)).toEqual(body)
  })

  it('is plain text for ntfy', () => {
    expect(webhookRequest(webhook('ntfy'), alert, nowMs)).toMatchObject({
      body: content,
      type: 'text/plain; charset=utf-8',
    })
  })

  it('is signed for robots that want it', () => {
    const dingtalk = new URL(webhookRequest(webhook('dingtalk', { secret: 'SEC1' }), alert, nowMs).url)
    expect(Object.fromEntries(dingtalk.searchParams)).toEqual({
      key: 'k',
      timestamp: String(nowMs),
      sign: expect.stringMatching(/^[\w+/]{43}=$/),
    })
    expect(JSON.parse(webhookRequest(webhook('feishu', { secret: 's' }), alert, nowMs).body)).toMatchObject({
      timestamp: '1764331200',
      sign: expect.stringMatching(/^[\w+/]{43}=$/),
    })
  })

  it('is sent, and taken', async () => {
    const { got, url } = await robot(200, '{"errcode":0,"errmsg":"ok"}')
    await tell(webhook('wecom', { url }), alert, nobody, { signal })
    expect(got).toMatchObject([{ url: '/send?key=k', type: 'application/json' }])
  })

  it.each([
    [500, 'oops', 'HTTP 500: oops'],
    [302, '', 'HTTP 302'],
    [200, '{"errcode":93000,"errmsg":"invalid webhook url"}', 'refused: {"errcode":93000'],
    [200, '{"code":19021,"msg":"sign match fail"}', 'refused: {"code":19021'],
  ])('fails for HTTP %s %s', async (status, answer, message) => {
    const { url } = await robot(status, answer)
    await expect(tell(webhook('wecom', { url }), alert, nobody, { signal })).rejects.toThrow(message)
  })
})

describe('a command', () => {
  it('gets the text, and nothing of the environment but what it needs', async () => {
    const file = join(scratch(), 'out')
    const script = `cat > ${file}; env >> ${file}`
    await tell(wayOf({ type: 'command', command: 'sh', args: ['-c', script] }), alert, nobody, { signal })
    const out = readFileSync(file, 'utf8')
    expect(out).toMatch(/^标题\nhome is out "now"\nsince 12:00\n/)
    expect(out).toContain('MOLTBOT_ALERT=begun')
    expect(out).not.toContain('VITEST')
  })

  it.each([
    ['false', 'false ended with 1'],
    ['no-such-program-here', 'ENOENT'],
  ])('fails: %s', async (command, message) => {
    await expect(tell(wayOf({ type: 'command', command }), alert, nobody, { signal })).rejects.toThrow(
      message,
    )
  })
})

it.each([
  ['a command', { type: 'command', command: 'sleep', args: ['600'] }],
  ['a webhook', { type: 'webhook', url: 'http://127.0.0.1:9' }],
])('%s ends when the gateway stops', async (_, way) => {
  const stop = new AbortController()
  const told = tell(wayOf(way), alert, nobody, { signal: stop.signal })
  stop.abort()
  await expect(told).rejects.toThrow()
})

describe('an e-mail', () => {
  /** Takes one mail. */
  async function mailServer(): Promise<{ url: string; mail: Promise<string> }> {
    const { promise: mail, resolve } = Promise.withResolvers<string>()
    const server: Server = createMailServer((socket) => {
      let data: string | undefined
      const say = (line: string) => socket.write(`${line}\r\n`)
      say('220 test')
      socket.on('data', (chunk) => {
        const text = chunk.toString()
        if (data !== undefined) data += text
        else if (/^DATA/i.test(text)) {
          data = ''
          return say('354 go on')
        } else return say(/^EHLO/i.test(text) ? '250 test' : /^QUIT/i.test(text) ? '221 bye' : '250 ok')
        if (!data.endsWith('\r\n.\r\n')) return
        resolve(data)
        data = undefined
        return say('250 taken')
      })
      socket.on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const address = server.address()
    return { url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, mail }
  }

  it('has the title as its subject', async () => {
    const { url, mail } = await mailServer()
    await tell(
      wayOf({ type: 'email', smtp: url, from: 'bot@example.com', to: 'me@example.com' }),
      alert,
      nobody,
      { signal },
    )
    expect(await mail).toContain(`Subject: =?UTF-8?B?${Buffer.from('标题').toString('base64')}?=`)
  })

  it('fails where no server is', async () => {
    const way = wayOf({
      type: 'email',
      smtp: 'smtp://127.0.0.1:1',
      from: 'a@example.com',
      to: 'b@example.com',
    })
    await expect(tell(way, alert, nobody, { signal })).rejects.toThrow('ECONNREFUSED')
  })
})

it('another account sends it to a person', async () => {
  const sent: string[][] = []
  const sendAs = async (...args: string[]) => void sent.push(args)
  await tell(wayOf({ type: 'account', accountId: 'shop', to: 'o9Me@im.wechat' }), alert, sendAs, { signal })
  expect(sent).toEqual([['shop', 'o9Me@im.wechat', `标题\n${alert.text}`]])
})

it('a way is named without its keys', () => {
  expect(nameOf(webhook('wecom'))).toBe('wecom (robot.example)')
  expect(
    nameOf(wayOf({ type: 'email', smtp: 'smtps://u:secret@x', from: 'a@b', to: 'me@example.com' })),
  ).toBe('me@example.com')
})

it.each([
  [{ to: [{ type: 'webhook', url: 'ftp://x' }] }],
  [{ to: [{ type: 'webhook', url: 'https://u:p@x' }] }],
  [{ to: [{ type: 'webhook', url: 'https://x', template: 'teams' }] }],
  [{ to: [{ type: 'email', smtp: 'mail.example.com', from: 'a@b', to: 'c@d' }] }],
  [{ to: [{ type: 'pigeon' }] }],
  [{ afterSeconds: -1 }],
  [{ afterSeconds: { disk: 86_401 } }],
  [{ afterSeconds: { battery: 1 } }],
  [{ repeatHours: 0.5 }],
  [{ language: 'fr' }],
])('the configuration does not take %j', (config) => {
  expect(alertsSchema.safeParse(config).success).toBe(false)
})

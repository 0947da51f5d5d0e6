import { describe, expect, it } from 'vitest'
import { isWebhookAddress, webhookHost, webhookKey, webhooksSchema } from './webhooks-schema.ts'

const key = Buffer.alloc(24, 7).toString('base64')
const webhook = { url: 'https://hooks.example.com/x?key=k3y', events: ['message.received'], secret: key }

const flaws = (...changes: object[]) =>
  webhooksSchema
    .safeParse(changes.map((change) => ({ ...webhook, ...change })))
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('a webhook', () => {
  it.each([
    {},
    { secret: `whsec_${key}` },
    { secret: Buffer.alloc(64, 255).toString('base64') },
    { url: 'https://8.8.8.8/' },
    { url: 'http://127.0.0.1:9/', allowPrivateNetwork: true },
    { url: 'http://localhost:9/', allowPrivateNetwork: true },
    { url: 'https://[fd12::1]/', allowPrivateNetwork: true },
  ])('may be %j', (change) => expect(flaws(change)).toEqual([]))

  it.each([
    [{ url: 'hooks.example.com' }, 'expected an https address'],
    [{ url: 'ftp://hooks.example.com' }, 'expected an https address'],
    [{ url: 'file:///etc/passwd' }, 'expected an https address'],
    [{ url: 'http://hooks.example.com' }, 'not encrypted'],
    [{ url: 'https://user:pw@hooks.example.com' }, 'user name'],
    [{ url: 'https://127.0.0.1/' }, 'private network'],
    [{ url: 'https://localhost/' }, 'private network'],
    [{ url: 'https://a.localhost./' }, 'private network'],
    [{ url: 'https://2130706433/' }, 'private network'],
    [{ url: 'https://0x7f.1/' }, 'private network'],
    [{ url: 'https://10.1.1.1/' }, 'private network'],
    [{ url: 'https://[::1]/' }, 'private network'],
    [{ url: 'https://[::ffff:127.0.0.1]/' }, 'private network'],
    [{ url: 'https://169.254.169.254/latest/meta-data' }, 'not sent to this address'],
    [{ url: 'http://169.254.169.254/', allowPrivateNetwork: true }, 'not sent to this address'],
    [{ url: 'http://100.100.100.200/', allowPrivateNetwork: true }, 'not sent to this address'],
    [{ url: 'http://[::ffff:a9fe:a9fe]/', allowPrivateNetwork: true }, 'not sent to this address'],
    [{ url: 'http://[fd00:ec2::254]/', allowPrivateNetwork: true }, 'not sent to this address'],
    [{ url: 'http://8.8.8.8/', allowPrivateNetwork: true }, 'not sent to this address'],
    [{ events: [] }, 'Too small'],
    [{ events: ['message.read'] }, 'Invalid option'],
    [{ secret: 'hunter2' }, 'openssl rand -base64 32'],
    [{ secret: '' }, 'openssl rand -base64 32'],
    [{ secret: Buffer.alloc(23, 7).toString('base64') }, 'openssl rand -base64 32'],
    [{ secret: Buffer.alloc(65, 7).toString('base64') }, 'openssl rand -base64 32'],
    [{ secret: `${key}=` }, 'openssl rand -base64 32'],
    [{ retries: 3 }, 'Unrecognized key'],
  ])('is refused: %j', (change, message) => {
    const [flaw] = flaws(change)
    expect(flaw).toContain(message)
    expect(flaw).not.toMatch(/pw@|hunter2/)
  })

  it('is in the list once, and there are ten at most', () => {
    expect(flaws({}, { events: ['account.state'] })).toEqual([
      '1.url: another webhook has the same address; list all events in one',
    ])
    expect(
      flaws(...Array.from({ length: 11 }, (_, n) => ({ url: `https://h${n}.example.com` }))),
    ).toHaveLength(1)
  })

  it('is named without the key in its address', () => {
    expect(webhookHost(webhook)).toBe('hooks.example.com')
    expect(webhookKey(webhook)).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('a webhook leads to', () => {
  const addresses = [
    '8.8.8.8',
    '127.0.0.1',
    '10.0.0.1',
    '::1',
    '169.254.169.254',
    '100.100.100.200',
    '0.0.0.0',
    '',
  ]
  it.each([
    ['https://x.example', false, ['8.8.8.8']],
    ['https://x.example', true, ['8.8.8.8', '127.0.0.1', '10.0.0.1', '::1']],
    ['http://x.example', true, ['127.0.0.1', '10.0.0.1', '::1']],
    ['http://x.example', false, []],
  ])('%s with allowPrivateNetwork %s: %j', (url, allowPrivateNetwork, allowed) => {
    expect(addresses.filter(isWebhookAddress({ url, allowPrivateNetwork }))).toEqual(allowed)
  })
})

import { join } from 'node:path'
import { localTime } from '@moltbot/channel-sdk'
import stringWidth from 'string-width'
import { describe, expect, it, vi } from 'vitest'
import { commandStage } from '../../test/command-stage.ts'
import { noFiles } from '../../test/no-files.ts'
import { type ChannelAccount, type GatewayStatus, reportOn } from '../control/status.ts'
import type { ControlTarget } from '../control/target.ts'
import { listChannels, logOut, showChannels } from './channel-commands.ts'
import { explain } from './explain-command.ts'
import { listPairing } from './pairing-commands.ts'
import { sendMessage } from './send-command.ts'

const gateway = commandStage()

const online: ChannelAccount = {
  channel: 'fake',
  accountId: 'a',
  name: 'Work',
  puppet: 'puppet-a',
  state: 'online',
  sinceMs: Date.UTC(2026, 0, 2),
  reason: 'logged in',
  nextAction: 'none',
  outbox: { waiting: 2, troubled: 0 },
  setAside: 0,
}
const toScan: ChannelAccount = {
  ...online,
  accountId: 'longer',
  state: 'scan',
  reason: 'scan it',
  nextAction: 'scan',
  qr: 'https://secret.example',
}

function status(accounts: readonly ChannelAccount[]): Pick<ControlTarget, 'status'> {
  const answer: GatewayStatus = {
    version: '1',
    pid: 1,
    url: '',
    stateDir: '',
    startedAt: '',
    phase: 'running',
    healthy: true,
    problems: [],
    warnings: [],
    config: { path: '' },
    accounts: accounts.map(reportOn),
    defaultAccountId: 'a',
    pairing: { pending: 0 },
    setAside: 0,
    files: noFiles,
    restarts: 0,
    unhandledErrors: 0,
  }
  return { status: async () => answer }
}

describe('pairing list', () => {
  const request = {
    accountId: 'default',
    code: 'ABCD2345',
    messageId: 'm1',
    loginId: '',
    createdAtMs: 0,
    expiresAtMs: Date.UTC(2026, 0, 2),
  }
  it('shows who asks and their first words in 80 columns', async () => {
    const senderId = 'o9cq80abcdefghijklmnopqrs@im.wechat'
    const widest = { ...request, senderId, senderName: '名'.repeat(20), text: '字'.repeat(36) }
    const named = { ...request, senderId: 'u2', senderName: 'a "b"', text: '' }
    const lists = { pending: [widest, named, { ...named, senderName: '' }], approved: [] }
    const unused = () => Promise.reject(new Error('not asked for'))
    const pairing = () => ({ list: async () => lists, approve: unused, reject: unused })
    const { stateDir, output, written } = await gateway({ pairing })
    await listPairing(stateDir, {}, output)
    const row = `ABCD2345  default  ${localTime(request.expiresAtMs)}`
    expect(written().split('\n')).toEqual([
      'WAITING FOR A DECISION',
      expect.stringMatching(/^CODE {6}ACCOUNT {2}VALID UNTIL$/),
      ...[row, `  ${senderId}`, `  "${widest.senderName}"`, `  "${widest.text}"`],
      ...[row, '  u2', '  "a \\"b\\""'],
      ...[row, '  u2'],
      'Admit a person with: moltbot pairing approve CODE',
      '',
    ])
    expect(
      Math.max(
        ...written()
          .split('\n')
          .map((line) => stringWidth(line)),
      ),
    ).toBeLessThanOrEqual(80)
  })
})

describe('channels list', () => {
  it('aligns its columns and marks the default account', async () => {
    const { stateDir, output, written } = await gateway(status([online, toScan]))
    await listChannels(stateDir, {}, output)
    expect(written()).toBe(
      [
        'ACCOUNT  PUPPET    STATE   ENABLED  NAME',
        'a *      puppet-a  online  yes      Work',
        'longer   puppet-a  scan    yes      Work',
        '* used by commands that name no account',
        '',
      ].join('\n'),
    )
  })

  it('tells scripts the same', async () => {
    const { stateDir, output, written } = await gateway(status([{ ...online, state: 'disabled' }]))
    await listChannels(stateDir, { json: true }, output)
    expect(JSON.parse(written())).toEqual([
      {
        channel: 'fake',
        accountId: 'a',
        name: 'Work',
        puppet: 'puppet-a',
        state: 'disabled',
        enabled: false,
        default: true,
      },
    ])
  })
})

describe('channels status', () => {
  it('says since when, why, and what is to be sent, and ends with 0', async () => {
    const { stateDir, output, written } = await gateway(status([online]))
    expect(await showChannels(stateDir, {}, output)).toBe(0)
    expect(written()).toContain(`a (Work): online since ${localTime(online.sinceMs)}`)
    expect(written()).toContain('reason   logged in')
    expect(written()).toContain('outbox   2 waiting, 0 not sent')
    expect(written()).not.toContain('to do')
  })

  it.each([
    ['has to scan', toScan, 'to do    scan the QR code'],
    [
      'has to make room on a disk',
      { ...online, state: 'degraded', reason: 'the disk is full' } as const,
      'the disk is full',
    ],
  ])('ends with 1 when a person %s', async (_, account, said) => {
    const { stateDir, output, written } = await gateway(status([online, account]))
    expect(await showChannels(stateDir, {}, output)).toBe(1)
    expect(written()).toContain(said)
  })

  it('shows in one line how many rows are set aside, where there are any', async () => {
    const accounts = [online, { ...online, accountId: 'b', setAside: 3 }]
    const { stateDir, output, written } = await gateway(status(accounts))
    expect(await showChannels(stateDir, {}, output)).toBe(0)
    expect(written().match(/rows could not be read/g)).toHaveLength(1)
    expect(written()).toContain('  unread   3 rows could not be read and are set aside')
  })

  it('shows what of the configuration misses its aim', async () => {
    const { stateDir, output, written } = await gateway(
      status([{ ...online, warnings: ['dms.b.tools: no tool is called "tiem"'] }]),
    )
    expect(await showChannels(stateDir, {}, output)).toBe(0)
    expect(written()).toContain('warning  dms.b.tools: no tool is called "tiem"')
  })

  it('ends with 1 when an account gives no sign of life, and asks no disabled one', async () => {
    const probe = vi.fn(async () => [{ accountId: 'a', answers: false, problem: 'no dong' }])
    const accounts = [online, { ...online, accountId: 'off', state: 'disabled' as const }]
    const { stateDir, output, written } = await gateway({ ...status(accounts), probe })
    expect(await showChannels(stateDir, { probe: true }, output)).toBe(1)
    expect(probe).toHaveBeenCalledExactlyOnceWith(undefined)
    expect(written()).toContain('probe    no dong')
  })
})

describe('channels list and status without an account', () => {
  it.each([listChannels, showChannels])('say so', async (command) => {
    const { stateDir, output, written } = await gateway(status([]))
    await command(stateDir, {}, output)
    expect(written()).toBe('No account is configured.\n')
  })
})

describe('channels logout', () => {
  it('says whose login has ended', async () => {
    const { stateDir, output, written } = await gateway({ logout: async (accountId) => accountId ?? 'a' })
    await logOut(stateDir, {}, output)
    expect(written()).toContain('Account a is logged out')
  })
})

describe('channels send', () => {
  it.each([
    [{ status: 'sent', chunks: 1, sent: 1 } as const, 'sent\n', 0],
    [{ status: 'queued', chunks: 1, sent: 0 } as const, 'queued\n', 0],
    [
      { status: 'queued', chunks: 1, sent: 0, reason: 'no\u001b[2Jwindow' } as const,
      'queued: no [2Jwindow\n',
      0,
    ],
    [
      { status: 'partly-sent', chunks: 3, sent: 2, reason: 'the account was logged out' } as const,
      'partly-sent: 2 of 3 parts: the account was logged out\n',
      1,
    ],
  ])('prints %j as %j and ends with %i', async (receipt, line, exitCode) => {
    const send = vi.fn(async () => receipt)
    const { stateDir, output, written } = await gateway({ send })
    expect(await sendMessage(stateDir, { to: 'u', text: 'hi' }, output)).toBe(exitCode)
    expect(send).toHaveBeenCalledExactlyOnceWith({ to: 'u', text: 'hi', queue: false })
    expect(written()).toBe(line)
  })
})

describe('channels send --queue', () => {
  it('asks for the message to be kept', async () => {
    const send = vi.fn(async () => ({ status: 'queued', chunks: 1, sent: 0 }) as const)
    const { stateDir, output } = await gateway({ send })
    await sendMessage(stateDir, { to: 'u', text: 'hi', queue: true }, output)
    expect(send).toHaveBeenCalledExactlyOnceWith({ to: 'u', text: 'hi', queue: true })
  })
})

describe('channels send without an id', () => {
  it('is a usage error', async () => {
    const { stateDir, output } = await gateway({})
    await expect(sendMessage(stateDir, { to: '', text: 'hi' }, output)).rejects.toMatchObject({
      code: 'usage',
    })
  })
})

describe('channels send --media', () => {
  it('names the file by where it really is, and needs no text', async () => {
    const send = vi.fn(async () => ({ status: 'sent', chunks: 1, sent: 1 }) as const)
    const { stateDir, output } = await gateway({ send })
    await sendMessage(stateDir, { to: 'u', media: 'plan.pdf' }, output)
    const media = { source: { path: join(process.cwd(), 'plan.pdf') } }
    expect(send).toHaveBeenCalledExactlyOnceWith({ to: 'u', text: '', queue: false, media })
  })

  it('is needed where there is no text', async () => {
    const { stateDir, output } = await gateway({})
    await expect(sendMessage(stateDir, { to: 'u' }, output)).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('channels explain', () => {
  const steps = [
    { step: 'sender', outcome: 'continue', detail: 'u' },
    { step: 'dmPolicy', outcome: 'drop', detail: 'disabled' },
  ]

  it('prints a line a step, then the decision', async () => {
    const decision = { action: 'drop', reason: 'dm-disabled', steps }
    const { stateDir, output, written } = await gateway({ explain: async () => decision })
    await explain(stateDir, { dm: 'u', text: '' }, output)
    expect(written()).toBe('sender    -     u\ndmPolicy  drop  disabled\n=> drop (dm-disabled)\n')
  })

  it.each([
    [{ dm: 'u' }, { conversation: { kind: 'direct', id: 'u' }, senderId: 'u', mentioned: false }],
    [
      { group: 'g', sender: 'u', mention: true as const, account: 'a' },
      { accountId: 'a', conversation: { kind: 'group', id: 'g' }, senderId: 'u', mentioned: true },
    ],
  ])('asks for %j', async (options, order) => {
    const ask = vi.fn(async () => ({ action: 'drop', reason: 'x', steps: [] }))
    const { stateDir, output } = await gateway({ explain: ask })
    await explain(stateDir, { ...options, text: 'hi' }, output)
    expect(ask).toHaveBeenCalledExactlyOnceWith({ ...order, text: 'hi' })
  })

  it('prints what became of a message that came', async () => {
    const at = (time: string) => Date.parse(`2026-11-28T${time}Z`)
    const part = { id: '1', purpose: 'answer', text: 'hi', isFile: false, createdMs: at('08:00:05') }
    const message = {
      position: 1,
      accountId: 'a',
      conversation: { kind: 'direct', id: 'u' } as const,
      messageId: 'm1',
      text: 'm1',
      receivedMs: at('08:00:00'),
      state: 'answered',
      reason: '',
      steps,
      attempts: 1,
      turn: {
        model: 'p/m',
        beganMs: at('08:00:01'),
        durationMs: 3_210,
        outcome: 'answered' as const,
        code: '',
        read: 10,
        written: 2,
        tools: { time: 2 },
      },
      parts: [
        { ...part, state: 'sent', reason: '', attempts: 1, attemptedMs: at('08:00:06') },
        { ...part, isFile: true, state: 'parked', reason: 'quota: 0 left', attempts: 0 },
      ],
    }
    const messages = vi.fn(async () => ({
      messages: [{ ...message, messageId: 'mentions m1' }, message],
      showsTexts: true,
    }))
    const { stateDir, output, written } = await gateway({ messages })
    await explain(stateDir, { message: 'm1', text: '' }, output)
    const lines = written().replaceAll(/^.*?(?:\+\d\d:\d\d|Z|UTC)? {2}(?=Received|Turn|Part|File)/gm, '')
    expect(lines.split('\n')).toEqual([
      'Received',
      'sender    -     u',
      'dmPolicy  drop  disabled',
      'Turn: answered, p/m, 3.2 s, 10 tokens read, 2 written, time x 2',
      'Part: sent',
      'File: parked (quota: 0 left)',
      '=> answered',
      '',
    ])
    expect(messages).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ text: 'm1' }))
    await expect(explain(stateDir, { message: 'm2', text: '' }, output)).rejects.toMatchObject({
      code: 'message-unknown',
    })
  })

  it.each([
    [{}],
    [{ dm: '' }],
    [{ group: 'g' }],
    [{ group: 'g', sender: '' }],
    [{ sender: 'u' }],
    [{ dm: 'u', sender: 'u' }],
    [{ dm: 'u', group: 'g' }],
  ])('does not understand %j', async (options) => {
    const { stateDir, output } = await gateway({})
    const asked = explain(stateDir, { ...options, text: '' }, output)
    await expect(asked).rejects.toMatchObject({ code: 'usage' })
  })
})

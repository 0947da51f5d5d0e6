import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as PUPPET from 'wechaty-puppet'
import { type Actor, type Stage, setStage, until } from './stage.ts'

const { Waiting, Scanned, Confirmed, Timeout } = PUPPET.types.ScanStatus

const waitingCodes = (actor: Actor): string[] =>
  actor.of('scan').flatMap(({ qrcode }) => {
    const code = new URL(String(qrcode ?? 'x:'), 'x:').searchParams.get('qrcode')
    return code === null ? [] : [code]
  })

/** The id of the n-th QR code that the puppet has shown. */
const shown = async (actor: Actor, n = 1): Promise<string> => {
  await until(() => waitingCodes(actor).length >= n)
  return waitingCodes(actor).at(n - 1) ?? ''
}

const statusesOf = (actor: Actor) => actor.of('scan').map(({ status }) => status)
const messagesOf = (actor: Actor) => actor.of('error').map(({ gerror }) => JSON.parse(String(gerror)).message)

const logIn = async ({ control }: Stage, actor: Actor, userId?: string) => {
  await actor.puppet.start()
  const qrcode = await shown(actor)
  const binding = await control.confirm(qrcode, userId === undefined ? {} : { userId })
  await until(() => actor.puppet.isLoggedIn)
  return binding
}

describe('a QR login', () => {
  it('goes from waiting over scanned to confirmed', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    await actor.puppet.start()
    const qrcode = await shown(actor)
    await stage.control.scan(qrcode)
    await until(() => statusesOf(actor).includes(Scanned))
    const { botId, userId } = await stage.control.confirm(qrcode)
    await until(() => actor.of('ready').length > 0)
    expect(statusesOf(actor)).toEqual([Waiting, Scanned, Confirmed])
    expect(actor.of('login')).toEqual([{ contactId: botId }])
    expect(actor.puppet.capabilities.ownerId).toBe(userId)
  })

  it('shows a new code when one has expired', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    await actor.puppet.start()
    const first = await shown(actor)
    await stage.control.expireQr(first)
    const second = await shown(actor, 2)
    expect(second).not.toBe(first)
    expect(statusesOf(actor)).toEqual([Waiting, Timeout, Waiting])
  })

  it('asks for the verification code, and again when it was wrong', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    const attempts: number[] = []
    actor.puppet.onVerifyCode = async ({ attempt }) => {
      attempts.push(attempt)
      return attempt === 1 ? '000000' : ' 424242 '
    }
    await actor.puppet.start()
    const qrcode = await shown(actor)
    await stage.control.requireCode(qrcode, '424242')
    await until(() => attempts.length === 2)
    await stage.control.confirm(qrcode)
    await until(() => actor.puppet.isLoggedIn)
    expect(attempts).toEqual([1, 2])
  })

  it('shows a new QR code after too many wrong verification codes', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    actor.puppet.onVerifyCode = async () => '000000'
    await actor.puppet.start()
    await stage.control.requireCode(await shown(actor), '424242')
    expect(await shown(actor, 2)).toBeTruthy()
  })

  it('reports that a verification code is needed when onVerifyCode is not set', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    await actor.puppet.start()
    await stage.control.requireCode(await shown(actor), '424242')
    await until(() => actor.of('error').length > 0)
    expect(messagesOf(actor)).toEqual([
      'The phone shows a verification code; set onVerifyCode to be asked for it',
    ])
  })

  it('follows a redirect to another host', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    await actor.puppet.start()
    const qrcode = await shown(actor)
    const host = `localhost:${new URL(stage.url).port}`
    await stage.control.redirect(qrcode, host)
    const polls = async () =>
      (await stage.control.requests()).filter(({ endpoint }) => endpoint === 'getqrstatus')
    await until(async () => (await polls()).at(-1)?.headers.host === host)
    await stage.control.confirm(qrcode)
    await until(() => actor.puppet.isLoggedIn)
  })

  it('survives a gateway time-out, a lost connection and malformed answers while it waits', async () => {
    const stage = await setStage()
    await stage.control.fault({ endpoint: 'getqr', kind: 'status', value: 502 })
    const actor = stage.actor()
    await actor.puppet.start()
    const qrcode = await shown(actor)
    await stage.control.fault({ endpoint: 'getqrstatus', kind: 'status', value: 524 })
    await stage.control.fault({ endpoint: 'getqrstatus', kind: 'reset' })
    await stage.control.fault({ endpoint: 'getqrstatus', kind: 'not-json' })
    await stage.control.confirm(qrcode)
    await until(() => actor.puppet.isLoggedIn)
  })

  it('ends at once when the puppet is stopped', async () => {
    const stage = await setStage({ qrHoldMs: 3_600_000 })
    const actor = stage.actor()
    await actor.puppet.start()
    await shown(actor)
    await actor.puppet.stop()
    const { length } = actor.seen
    await stage.control.confirm(await shown(actor))
    expect(actor.seen.length).toBe(length)
  })
})

describe('a stored login', () => {
  it('needs no scan, and is stored in private files', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const first = stage.actor({ stateDir })
    const { botId, userId } = await logIn(stage, first)
    await first.puppet.stop()
    const second = stage.actor({ stateDir })
    await second.puppet.start()
    await until(() => second.puppet.isLoggedIn)
    expect(second.of('scan')).toEqual([])
    expect(second.puppet.currentUserId).toBe(botId)
    expect(second.puppet.capabilities.ownerId).toBe(userId)
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777
    expect(await modeOf(stateDir)).toBe(0o700)
    for (const name of ['ilink.sqlite', 'ilink.sqlite-wal']) {
      expect([name, await modeOf(join(stateDir, name))]).toEqual([name, 0o600])
    }
  })

  it('is stored in the memory card when there is no state folder', async () => {
    const stage = await setStage()
    const actor = stage.actor()
    const { botId } = await logIn(stage, actor)
    await actor.puppet.stop()
    await actor.puppet.start()
    await until(() => actor.of('login').length === 2)
    expect(actor.puppet.currentUserId).toBe(botId)
    expect(statusesOf(actor)).toEqual([Waiting, Confirmed])
  })

  it('that cannot be read is set aside and reported, and a new scan follows', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const path = join(stateDir, 'credentials.json')
    await writeFile(path, '{"botId": ')
    const actor = stage.actor({ stateDir })
    await actor.puppet.start()
    await shown(actor)
    const [message] = messagesOf(actor)
    expect(message).toContain(`${path} could not be read; it was moved to ${path}.corrupt-`)
    expect(await readFile(/moved to (\S+),/.exec(message)?.[1] ?? '', 'utf8')).toBe('{"botId": ')
  })

  it('is used again after a logout when the same person scans', async () => {
    const stage = await setStage()
    const actor = stage.actor({ stateDir: await stage.folder() })
    const { botId, userId } = await logIn(stage, actor)
    await actor.puppet.logout('for a test')
    await stage.control.confirm(await shown(actor, 2), { userId })
    await until(() => actor.of('login').length === 2)
    expect(actor.puppet.currentUserId).toBe(botId)
    expect(actor.of('logout')).toEqual([{ contactId: botId, data: 'for a test' }])
  })

  it('is not used again after a logout', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const actor = stage.actor({ stateDir })
    await logIn(stage, actor)
    await actor.puppet.logout()
    await actor.puppet.stop()
    const next = stage.actor({ stateDir })
    await next.puppet.start()
    await shown(next)
    expect(next.puppet.isLoggedIn).toBe(false)
  })

  it('is replaced when another person scans, and that is reported', async () => {
    const stage = await setStage()
    const actor = stage.actor({ stateDir: await stage.folder() })
    await logIn(stage, actor, 'o9First@im.wechat')
    await actor.puppet.logout()
    await stage.control.confirm(await shown(actor, 2), { userId: 'o9Second@im.wechat' })
    await until(() => actor.puppet.isLoggedIn)
    expect(messagesOf(actor)).toEqual([
      "o9Second@im.wechat scanned the QR code and replaces o9First@im.wechat as this account's person",
    ])
    expect(actor.puppet.capabilities.ownerId).toBe('o9Second@im.wechat')
  })

  it("reports a person who is bound to another of this host's bots", async () => {
    const stage = await setStage()
    const other = await stage.control.account()
    const actor = stage.actor({ localTokens: [other.token] })
    await actor.puppet.start()
    await stage.control.confirm(await shown(actor), { userId: other.userId })
    await shown(actor, 2)
    expect(messagesOf(actor)).toEqual(['The person who scanned is already bound to another bot of this host'])
    expect(actor.puppet.isLoggedIn).toBe(false)
  })
})

describe('a session that the backend ends', () => {
  it.each(['both', 'errcode', 'ret'] as const)(
    'with -14 in %s logs out with the reason and shows a QR code',
    async (staleField) => {
      const stage = await setStage({ staleField })
      const actor = stage.actor({ stateDir: await stage.folder() })
      const { botId, userId } = await logIn(stage, actor)
      await stage.control.inbound({ botId, text: 'before' })
      await until(() => actor.of('message').length > 0)
      await stage.control.expireSession(botId)
      await until(() => actor.of('logout').length > 0)
      expect(actor.of('logout')[0]?.data).toMatch(
        /^iLink ended this session \(-14\): .*elsewhere.*Scan again$/,
      )
      expect(await actor.puppet.sendWindow(userId)).toEqual({ open: false, remaining: 0 })
      await stage.control.confirm(await shown(actor, 2), { userId })
      await until(() => actor.of('login').length === 2)
      expect(await actor.texts()).toEqual(['before'])
    },
  )

  it('is noticed in the answer to a send, too', async () => {
    const stage = await setStage({ staleField: 'errcode' })
    const actor = stage.actor()
    const { botId, userId } = await logIn(stage, actor)
    await stage.control.inbound({ botId, text: 'hello' })
    await until(() => actor.of('message').length > 0)
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -14 })
    await expect(actor.puppet.messageSendText(userId, 'x')).rejects.toMatchObject({ code: 'session-expired' })
    await shown(actor, 2)
    expect(actor.of('logout').length).toBe(1)
  })

  it('does not come back with the dead token after a restart', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const { token, botId } = await stage.control.account()
    await stage.control.expireSession(botId)
    const actor = stage.actor({ stateDir, token })
    await actor.puppet.start()
    await shown(actor)
    await actor.puppet.stop()
    const next = stage.actor({ stateDir, token })
    await next.puppet.start()
    await shown(next)
    expect(next.of('login')).toEqual([])
  })
})

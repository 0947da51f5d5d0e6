/**
 * The phone in a real Chromium, on the real sandbox: what a newcomer does in the first minute, and what a hostile person
 * could send.
 */

import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from '../../packages/gateway/src/control/client.ts'
import { killAll, moltbot, type Place, runGateway } from '../../packages/gateway/test/moltbot.ts'
import { scratch } from '../../packages/gateway/test/scratch.ts'
import { root } from '../../scripts/workspaces.ts'
import { accessibilityProblems, browserPath, openBrowser, type Watched, watch } from '../support/browser.ts'
import { tone } from '../support/tone.ts'

const whySkipped = browserPath === undefined ? ' (skipped: no Chromium was found, or this is not Linux)' : ''
const patienceMs = 15_000
const picture = join(root, 'config', 'sandbox-picture.png')
const group = 'group: Sandbox group 沙盒群'
const hostileName = '<img src=x onerror=alert(1)> \u202Eevil'
const hostileText = `<script>document.title="taken"</script> \u202Eevil\u202C ${'長'.repeat(5_000)}`

let place: Place
let browser: Awaited<ReturnType<typeof openBrowser>>
let context: BrowserContext
let page: Page
let watched: Watched

const input = () => page.getByRole('textbox', { name: 'Message', exact: true })
const log = () => page.getByRole('log')
const bubbles = () => page.locator('.bubble')
const shown = (text: string | RegExp) => log().getByText(text).last().waitFor()

async function makeLink(): Promise<string> {
  const { stdout } = await moltbot(place, 'dashboard', '--sandbox', '--json')
  return `${JSON.parse(stdout).url}&page=phone`
}

async function open(into: BrowserContext): Promise<Page> {
  const opened = await into.newPage()
  opened.setDefaultTimeout(patienceMs)
  await opened.goto(await makeLink())
  await opened.locator('.composer').waitFor()
  return opened
}

async function write(text: string): Promise<void> {
  await input().fill(text)
  await input().press('Enter')
}

async function attach(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Attach a file' }).click(),
  ])
  await chooser.setFiles(file)
}

async function be(person: string): Promise<void> {
  await page.getByLabel('You are').selectOption({ label: person })
}

async function chatIn(label: string): Promise<void> {
  const chats = page.getByLabel('Chat')
  await chats.locator('option', { hasText: label }).waitFor({ state: 'attached' })
  await chats.selectOption({ label })
}

/** The colour at the lower edge of a picture; none where it is not drawn. */
const edgeOf = (index: number) =>
  page.evaluate(`(() => {
    const canvas = document.querySelectorAll('canvas')[${index}]
    return [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height - 5, 1, 1).data]
  })()`)

describe.runIf(browserPath !== undefined)(`the phone in Chromium${whySkipped}`, { timeout: 60_000 }, () => {
  beforeAll(async () => {
    place = { bin: join(root, 'packages', 'gateway', 'bin', 'moltbot.js'), stateDir: scratch() }
    const gateway = runGateway(place, '--sandbox')
    await gateway.event('gateway.ready')
    await moltbot(place, 'sandbox', 'say', 'from the terminal')
    browser = await openBrowser()
    context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1000, height: 900 } })
    page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    const link = await makeLink()
    watched = watch(page, new URL(link).origin)
    await page.goto(link)
    await input().waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await killAll()
  })

  it('shows what was said before, whoever said it', async () => {
    await shown('from the terminal')
    await shown('echo: from the terminal')
    expect(new URL(page.url()).hash).toBe('#/phone')
  })

  it('brings a text to the bot and its answer back, in bubbles of their own', async () => {
    await write('hello 你好')
    await shown('echo: hello 你好')
    expect(await input().inputValue()).toBe('')
    expect(await log().locator('.own').last().innerText()).toContain('hello 你好')
    expect(await log().locator('.own').last().innerText()).not.toContain('echo')
  })

  it('sends no empty message, and says so', async () => {
    const before = await bubbles().count()
    await input().press('Enter')
    await page.getByText('there is nothing to send').waitFor()
    expect(await bubbles().count()).toBe(before)
  })

  it('shows pictures of both sides', async () => {
    await attach(picture)
    await shown('echo: [image]')
    await write('send picture.png')
    await page.locator('canvas').nth(1).waitFor()
    for (const index of [0, 1]) {
      // Nothing on the page tells when it is drawn.
      await expect.poll(() => edgeOf(index), { timeout: patienceMs }).toEqual([31, 78, 69, 255])
    }
  })

  it('sends a file, and saves it under its name', async () => {
    await attach({
      name: '笔记 notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('the number is 4711'),
    })
    await shown('echo: [file: 笔记 notes.txt]')
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save 笔记 notes.txt' }).click(),
    ])
    expect(saved.suggestedFilename()).toBe('笔记 notes.txt')
    const chunks: unknown[] = []
    for await (const chunk of await saved.createReadStream()) chunks.push(chunk)
    expect(chunks.join('')).toBe('the number is 4711')
  })

  it('refuses a file that is too large before it is read', async () => {
    const buffer = Buffer.alloc(5 * 1024 * 1024 + 1)
    await attach({ name: 'large.bin', mimeType: 'application/octet-stream', buffer })
    await page.getByText('A file may have 5 MB here.').waitFor()
  })

  it('sends a sound as a voice message, with what is typed as its words', async () => {
    await input().fill('spoken words')
    await attach({ name: 'a.wav', mimeType: 'audio/wav', buffer: tone() })
    await shown('echo: spoken words')
    await page.getByRole('button', { name: 'Play the voice message' }).last().click()
    await attach({ name: 'no-sound.wav', mimeType: 'audio/wav', buffer: Buffer.from('nothing') })
    await page.getByText(/decode/i).waitFor()
  })

  it('lets a second person ask for a pairing code, whom the dashboard can approve', async () => {
    await be('Li Lei 李雷')
    await write('may I?')
    await shown(/[A-Z2-9]{8}/)
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /Pairing/ })
      .click()
    await page.getByRole('button', { name: 'Approve: person-2@im.wechat' }).click()
    await page.getByText('person-2@im.wechat').last().waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Phone' }).click()
    await be('Li Lei 李雷')
    await write('and now?')
    await shown('echo: and now?')
  })

  it('answers in the group who mentions the bot, and nobody else', async () => {
    await chatIn(group)
    await page.getByLabel('Mention the bot').uncheck()
    await write('not for the bot')
    await shown('not for the bot')
    await page.getByLabel('Mention the bot').check()
    await write('for the bot')
    await shown('echo: for the bot')
    expect(await log().innerText()).not.toContain('echo: not for the bot')
    await be('Li Lei 李雷')
    await shown('echo: for the bot') // Everybody of the group sees it.
    await attach(picture)
    await page.locator('canvas').waitFor()
  })

  it('brings a reminder when the clock is moved, and lets the time pass in which the bot may write', async () => {
    await chatIn('default: moltbot')
    await be('Wang Fang 王芳')
    await write('remind me in 30 minutes to drink tea')
    await shown(/^echo: Stored as chat:/)
    await page.getByRole('button', { name: '1 hour later' }).click()
    await log().getByText('drink tea', { exact: true }).waitFor()
    await page.getByRole('button', { name: '1 day later' }).click()
    const sandbox = connectGateway(join(place.stateDir, 'sandbox'))
    const forecast = () => sandbox.call('forecast', { accountId: 'default', to: 'sandbox-person@im.wechat' })
    const aheadMs = async () => (await sandbox.call('phone')).nowMs - Date.now()
    await expect.poll(aheadMs, { timeout: patienceMs }).toBeGreaterThan(24.99 * 60 * 60_000)
    expect(await forecast()).toMatchObject({ outcome: 'queued', wait: { cause: 'window' } })
    await write('what day is it?')
    await shown('echo: what day is it?')
    expect(await forecast()).toMatchObject({ outcome: 'sent' })
    await chatIn(group)
    await page.getByLabel('Mention the bot').check()
    await write('also in the group')
    await shown('echo: also in the group')
  })

  it('shows hostile names and texts as what they are', async () => {
    page.once('dialog', (dialog) => void dialog.accept(hostileName))
    await page.getByRole('button', { name: 'New person' }).click()
    await page
      .getByLabel('You are')
      .locator('option', { hasText: hostileName })
      .waitFor({ state: 'attached' })
    await write(hostileText)
    await shown(/^echo: .*<script>/)
    await log().getByText(hostileName).last().waitFor()
    await attach({ name: '<b>"x".txt', mimeType: 'text/html', buffer: Buffer.from('<script>1</script>') })
    await attach({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
    await page.getByRole('button', { name: 'Save x.png' }).waitFor()
    expect(await page.title()).toBe('Phone · moltbot')
    expect(await page.locator('main img, main script, main b').count()).toBe(0)
  })

  it('adds nobody when the person thinks better of it', async () => {
    const people = () => page.getByLabel('You are').locator('option').count()
    const before = await people()
    page.once('dialog', (dialog) => void dialog.dismiss())
    await page.getByRole('button', { name: 'New person' }).click()
    await write('still me')
    await shown('still me')
    expect(await people()).toBe(before)
  })

  it('records a voice message from the microphone', async () => {
    const args = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
    const other = await openBrowser(args)
    const opened = await open(await other.newContext({ locale: 'en-GB', permissions: ['microphone'] }))
    const answer = opened.getByText('echo: [voice]')
    do {
      // Of a recording that ends as it begins there may be nothing to hear.
      await opened.getByRole('button', { name: 'Record voice' }).click()
      await opened.getByRole('button', { name: 'Send the recording' }).click()
      await answer
        .or(opened.getByText(/decode/i))
        .first()
        .waitFor()
    } while ((await answer.count()) === 0)
    await other.close()
  })

  it('is used by keyboard alone', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Phone' }).focus()
    await page.keyboard.press('Enter')
    const reached: string[] = []
    for (let n = 0; n < 14 && reached.at(-1) !== 'TEXTAREA'; n++) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate('document.activeElement.tagName'))
    }
    expect(reached.at(-1)).toBe('TEXTAREA')
    await page.keyboard.type('typed by')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('keys')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await shown(/echo: typed by\nkeys/)
  })

  it.each([
    { colorScheme: 'light', locale: 'en-GB', said: 'Record voice' },
    { colorScheme: 'dark', locale: 'zh-CN', said: '录语音' },
  ] as const)('is readable in $colorScheme and $locale, on a narrow screen too', async (look) => {
    const { said, ...options } = look
    const narrow = await browser.newContext({ ...options, viewport: { width: 320, height: 640 } })
    const opened = await open(narrow)
    await opened.getByRole('button', { name: said }).waitFor()
    await opened.locator('.bubble canvas').first().waitFor()
    expect(await accessibilityProblems(opened)).toEqual([])
    expect(await opened.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    await narrow.close()
  })

  it('asks nobody but the gateway, and violates no policy', () => {
    expect(watched).toEqual({ foreign: [], complaints: [] })
  })
})

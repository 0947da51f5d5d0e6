/**
 * The dashboard in a real Chromium, on a real gateway with a simulated iLink. One browser and one gateway serve all tests, in
 * their order: a person opens the link, logs an account in, decides about people, and the gateway dies in the end.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from '../support/backend.ts'
import { accessibilityProblems, browserPath, openBrowser, type Watched, watch } from '../support/browser.ts'
import { configOf, fakeApiKey } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'

const whySkipped = browserPath === undefined ? ' (skipped: no Chromium was found, or this is not Linux)' : ''
if (whySkipped !== '') console.warn(`the tests of the dashboard in Chromium${whySkipped}`)

const hostileName = '<script>document.title="taken"</script> \u202Eevil\u202C'
const longText = `<img src=x onerror="document.title='taken'"> \u0645\u0631\u062D\u0628\u0627 ${'長'.repeat(10_000)}`
const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'
const patienceMs = 15_000
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const hostileSvg = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" onload="top.document.title='taken'"><script>top.document.title='taken'</script></svg>`,
).toString('base64')

let backend: Backend
let config: object
let home: GatewayHome
let gateway: RunningGateway
let url: string
let browser: Browser
let context: BrowserContext
let page: Page
let watched: Watched
let botId: string

async function makeLink(): Promise<string> {
  const { stdout } = await home.moltbot('dashboard', '--json')
  return JSON.parse(stdout).url
}

async function openPage(into: BrowserContext = context): Promise<Page> {
  const opened = await into.newPage()
  opened.setDefaultTimeout(patienceMs)
  return opened
}

/** A part of the page, as a person would name it. */
const card = (name: string | RegExp) => page.getByRole('article', { name })
const button = (name: string | RegExp) => page.getByRole('button', { name })
const shown = (text: string | RegExp) => page.getByText(text).first().waitFor()

async function goTo(name: string | RegExp): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

describe.runIf(browserPath !== undefined)(
  `the dashboard in Chromium${whySkipped}`,
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      backend = await startBackend()
      const off = { enabled: false }
      const accounts = { alpha: { name: hostileName }, beta: off, ['z'.repeat(64)]: off }
      const mcp = { servers: { broken: { command: '/nowhere/to/be/found' } } }
      const agents = { defaults: { model: 'builtin/echo' } }
      const targets = { ops: { account: 'alpha', person: owner } }
      config = { ...configOf(backend, 'http://127.0.0.1:9/v1', accounts), agents, mcp, targets }
      home = new GatewayHome(config)
      gateway = home.start()
      browser = await openBrowser()
      context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1200, height: 900 } })
      page = await openPage()
      url = String((await gateway.line({ event: 'gateway.ready' })).url)
      watched = watch(page, url)
    })
    afterAll(async () => {
      await browser?.close()
      await home?.dispose()
      await backend?.close()
    })

    describe('the way in', () => {
      it('is closed without a link, and says how to get one', async () => {
        await page.goto(url)
        await shown('moltbot dashboard')
        expect(await accessibilityProblems(page)).toEqual([])
      })

      it('is the link, of which nothing stays in the address or the history', async () => {
        const link = await makeLink()
        await page.goto(link)
        await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor()
        expect(page.url()).toBe(`${url}/#/accounts`)
        await page.goBack()
        expect(page.url()).not.toContain('link=')
        await page.goForward()
        await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor()
        const cookies = await context.cookies(`${url}/api`)
        expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/api' }])
      })

      it('is not opened by the same link in another browser', async () => {
        const link = await makeLink()
        const [first, second] = await Promise.all([browser.newContext(), browser.newContext()])
        const one = await openPage(first)
        await one.goto(link)
        await one.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor()
        const other = await openPage(second)
        await other.goto(link)
        await other.getByRole('heading', { name: 'This browser has no session' }).waitFor()
        await Promise.all([first.close(), second.close()])
      })
    })

    describe('the accounts', () => {
      it('are shown with their state; a hostile name is text', async () => {
        await card('Account alpha').getByText(hostileName).waitFor()
        await card('Account beta').getByText('disabled', { exact: true }).waitFor()
        expect(await page.title()).toBe('Accounts · moltbot')
      })

      it('come without a phone, which only a sandbox has', async () => {
        const pages = page.getByRole('navigation').getByRole('link')
        await pages.filter({ hasText: 'Accounts' }).waitFor()
        expect(await pages.allInnerTexts()).not.toContain('Phone')
      })

      it('show the QR code until it is scanned, ask for the digits, and go online by themselves', async () => {
        const alpha = card('Account alpha')
        await alpha.getByRole('img', { name: 'QR code for the login' }).waitFor()
        const first = await qrcodeShown()
        await backend.control.expireQr(first)
        await expect.poll(qrcodeShown, { timeout: patienceMs }).not.toBe(first)
        const second = await qrcodeShown()
        await backend.control.requireCode(second, '4711')
        const digits = alpha.getByLabel('Digits shown on the phone:')
        await digits.fill('no digits')
        await alpha.getByRole('button', { name: 'Submit' }).click()
        await alpha.getByText('Type the digits only').waitFor()
        await digits.fill('４７１１')
        await alpha.getByRole('button', { name: 'Submit' }).click()
        await alpha.getByText('checking the digits').waitFor()
        const login = await backend.control.confirm(second, { userId: owner })
        botId = login.botId
        await alpha.getByText('online', { exact: true }).waitFor()
        await page.getByRole('banner').getByText('healthy', { exact: true }).waitFor()
        await page.locator('[aria-live]').getByText('Account alpha: online').waitFor({ state: 'attached' })
      })

      it('are probed, stopped and started again', async () => {
        await button('Probe: alpha').click()
        await shown('It responds.')
        await button('Stop: alpha').click()
        await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
        await card('Account alpha').getByText('online', { exact: true }).waitFor()
        await button('Stop: alpha').click()
        await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()
        await card('Account alpha').getByText('idle', { exact: true }).waitFor()
        await button('Start: alpha').click()
        await card('Account alpha').getByText('online', { exact: true }).waitFor()
      })

      it('tell what would be done with the message of a person', async () => {
        await page.getByLabel('Id of the person').fill(stranger)
        await button('Look').click()
        await page.getByRole('cell', { name: 'dmPolicy' }).first().waitFor()
        await page.getByText('pair', { exact: true }).first().waitFor()
      })
    })

    describe('people', () => {
      it('appear when they ask, with their words as text, and are told when they are approved', async () => {
        await goTo('Pairing')
        await backend.control.inbound({ botId, from: stranger, text: longText })
        const request = page.getByRole('article').filter({ hasText: stranger })
        await request.getByText('<img src=x').waitFor()
        await button(`Approve: ${stranger}`).click()
        await page.getByRole('row', { name: new RegExp(stranger) }).waitFor()
        await request.waitFor({ state: 'detached' })
        await backend.repliesOf(botId, 2)
        expect(await page.title()).toBe('Pairing · moltbot')
      })

      it('with hostile names are shown as they are, and a long text is folded', async () => {
        const asked = { accountId: 'alpha', senderId: 'x', code: 'ABCDEFGH', messageId: 'm', loginId: '' }
        const times = { createdAtMs: Date.now(), expiresAtMs: Date.now() + 60_000 }
        const pending = [{ ...asked, ...times, senderName: hostileName, text: longText }]
        await page.route('**/api/pairing', (route) => route.fulfill({ json: { pending, approved: [] } }))
        await page.reload()
        const request = page.getByRole('article').filter({ hasText: hostileName })
        await request.getByRole('button', { name: 'More' }).click()
        await request.getByText(longText).waitFor()
        expect(await widthProblem()).toBeUndefined()
        await page.unroute('**/api/pairing')
        await page.reload()
        await page.getByRole('row', { name: new RegExp(stranger) }).waitFor()
        expect(await page.title()).toBe('Pairing · moltbot')
      })

      it('are rejected and revoked', async () => {
        await backend.control.inbound({ botId, from: 'o9Other@im.wechat', text: 'hello' })
        await button('Reject: o9Other@im.wechat').click()
        await page.getByRole('article').filter({ hasText: 'o9Other' }).waitFor({ state: 'detached' })
        await button(`Revoke: ${stranger}`).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
        await shown('No user is approved.')
      })
    })

    describe('messages that are not sent', () => {
      it('are shown with the reason, and can be dropped', async () => {
        await goTo('Outbox')
        await shown('No message is waiting to be sent.')
        await home.moltbot('channels', 'send', '--to', 'o9Never@im.wechat', '--text', longText, '--queue')
        const waiting = page.getByRole('article').filter({ hasText: 'o9Never@im.wechat' }).first()
        await waiting.getByText('<img src=x').waitFor()
        await waiting.getByText(/^reason: /).waitFor()
        await waiting.getByRole('button', { name: /^Send again/ }).click()
        await waiting.waitFor()
        for (;;) {
          const drop = page.getByRole('button', { name: /^Drop/ }).first()
          if ((await drop.count()) === 0) break
          const id = (await drop.getAttribute('aria-label')) ?? ''
          await drop.click()
          await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click()
          await button(id).waitFor({ state: 'detached' })
        }
        await shown('No message is waiting to be sent.')
        await button('Given up').click()
        await shown('No message was given up.')
      })
    })

    describe('conversations', () => {
      const question = 'what <b>happened</b> to Voyager?'
      const message = () => page.getByRole('article').filter({ hasText: question })

      it('show a message and its way to the parts of its answer', async () => {
        await goTo('Conversations')
        await backend.control.inbound({ botId, from: owner, text: question })
        await message().getByText('answered', { exact: true }).first().waitFor()
        await message().getByRole('button', { name: 'What became of it' }).click()
        const stages = message().getByRole('listitem')
        await stages.filter({ hasText: /^Turn answered: builtin\/echo, / }).waitFor()
        await stages.filter({ hasText: /^Part sent .*echo: what <b>happened/ }).waitFor()
        const decided = stages.filter({ hasText: /^Decided dispatch/ })
        await decided.getByRole('row', { name: 'owner dispatch the sender is the owner' }).waitFor()
        await message().getByRole('button', { name: 'How it would be decided now' }).click()
        await message().getByText('send budget').waitFor()
      })

      it('show a picture, and hand out a file whose content a browser would run without running it', async () => {
        const items = [
          { kind: 'image' as const, base64: png },
          { kind: 'file' as const, name: 'chart.svg', base64: hostileSvg },
        ]
        for (const item of items)
          await backend.control.inbound({ botId, from: owner, item: await backend.control.media(item) })
        const picture = page.getByRole('article').locator('img')
        await picture.waitFor()
        const width = () => page.evaluate(`document.querySelector('article img').naturalWidth`)
        await expect.poll(width, { timeout: patienceMs }).toBe(1)
        await picture.click()
        await page.locator('img.large').waitFor()
        await button(/^Get: chart.svg/).click()
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Save: chart.svg' }).click(),
        ])
        expect(download.suggestedFilename()).toBe('chart.svg')
        expect(await page.locator('article img').count()).toBe(1)
        expect(await page.title()).toBe('Conversations · moltbot')
      })

      it('are searched, and narrowed to one', async () => {
        const refused = page.getByRole('article').filter({ hasText: stranger })
        await refused.first().waitFor()
        await page.getByLabel('Search in texts and ids').fill('VOYAGER')
        await refused.first().waitFor({ state: 'detached' })
        await message().waitFor()
        await page.getByLabel('Search in texts and ids').fill('')
        await refused.first().waitFor()
        await message()
          .getByRole('button', { name: /^direct chat/ })
          .click()
        await refused.first().waitFor({ state: 'detached' })
        await button('All conversations').click()
        await refused.first().waitFor()
      })

      it('are searched further back, where there are more than one request looks at', async () => {
        const isFirst = ({ pathname, searchParams }: URL) =>
          pathname === '/api/messages' &&
          searchParams.get('text') === 'Pioneer' &&
          !searchParams.has('before')
        const json = { messages: [], next: 1, showsTexts: true }
        await page.route(isFirst, (route) => route.fulfill({ json }))
        await page.getByLabel('Search in texts and ids').fill('Pioneer')
        await shown('None of the messages searched so far fits.')
        await button('Search further back').click()
        await shown('No message fits.')
        await button('Newer messages').click()
        await shown('None of the messages searched so far fits.')
        await page.unroute(isFirst)
        await page.getByLabel('Search in texts and ids').fill('')
        await message().waitFor()
      })

      it('are shown without texts where the configuration says so', async () => {
        home.configure({ ...config, dashboard: { showTexts: false } })
        await shown('Texts are not shown, because dashboard.showTexts is false.')
        await message().waitFor({ state: 'detached' })
        expect(await page.locator('article img, .attached').count()).toBe(0)
        await page.getByLabel('Search in texts and ids').fill('VOYAGER')
        await page.getByText(owner).first().waitFor()
        home.configure(config)
        await message().waitFor()
        await page.getByLabel('Search in texts and ids').fill('')
      })

      it('are summed up for each day', async () => {
        await goTo('Usage')
        await page.getByRole('row', { name: /alpha \d+ 0/ }).waitFor()
        await page.getByRole('columnheader', { name: 'Cost' }).waitFor()
      })
    })

    describe('what the gateway runs with', () => {
      it('is its tools, the servers that they come from, and who may use which', async () => {
        await goTo('Tools')
        await page.getByRole('row', { name: /^send_file built in/ }).waitFor()
        await card('MCP server broken').getByText('not connected').waitFor()
        await page.getByLabel('Id of the person').fill(owner)
        await button('Look').click()
        await shown(/^Tools for the answer: .*send_file/)
        await page.getByRole('cell', { name: 'send budget' }).waitFor()
      })

      it('is the configuration without secrets, with its problems at their lines, and which edit is waiting', async () => {
        await goTo('Configuration')
        await shown('The files below are in use.')
        await page.getByText('"apiKey": "[redacted]"').waitFor()
        await page.getByText('wechat/alpha').click()
        await page.getByText('"textChunkLimit": 2048').first().waitFor()
        home.configure({ ...config, agent: { model: 'x' } })
        await shown('The files below have errors; what was valid before stays in use.')
        const wrong = page.locator('table.code tr').filter({ hasText: '"agent":' })
        await wrong.locator('xpath=following-sibling::tr[1]').getByText('did you mean').waitFor()
        home.configure(config)
        await shown('The files below are in use.')
        expect(await page.locator('body').innerText()).not.toContain(fakeApiKey)
      })

      it('is told by the log as it comes, filtered, without secrets', async () => {
        await goTo('Log')
        const line = page.getByRole('row').filter({ hasText: 'Message received' })
        await line.first().waitFor()
        await page.getByLabel('Contains').fill(stranger)
        await page.getByText('Gateway is ready').waitFor({ state: 'detached' })
        const before = await line.count()
        await backend.control.inbound({ botId, from: stranger, text: 'again' })
        await line.nth(before).waitFor()
        await page.getByLabel('Contains').fill('no such text')
        await shown('No line of the log fits.')
        await page.getByLabel('Contains').fill('')
        await page.getByLabel('Account').selectOption('alpha')
        await line.first().waitFor()
        expect(await page.locator('body').innerText()).not.toMatch(/script>document|長長/)
      })
    })

    describe('every page', () => {
      it.each([
        ['en', 'light'],
        ['zh', 'dark'],
      ])('in %s and %s is readable, and fits a narrow phone', async (language, theme) => {
        await page.getByRole('banner').locator('select').first().selectOption(language)
        await page.getByRole('banner').locator('select').nth(1).selectOption(theme)
        await page.reload()
        await page.locator(`html[lang^=${language}]`).waitFor()
        expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme)
        const links = page.getByRole('navigation').getByRole('link')
        for (let index = 0; index < (await links.count()); index++) {
          await links.nth(index).click()
          await expect
            .poll(() => page.getByText(/Loading …|正在读取/).count(), { timeout: patienceMs })
            .toBe(0)
          for (const width of [320, 1200]) {
            await page.setViewportSize({ width, height: 900 })
            expect(await accessibilityProblems(page)).toEqual([])
            expect(await widthProblem()).toBeUndefined()
          }
          const text = await page.locator('body').innerText()
          if (language === 'en')
            expect(text.replaceAll('中文', '').replaceAll('長', '')).not.toMatch(/\p{Script=Han}/u)
          else expect(englishIn(text)).toEqual([])
        }
      })

      it('takes the language of the browser', async () => {
        const chinese = await browser.newContext({ locale: 'zh-CN' })
        const opened = await openPage(chinese)
        await opened.goto(url)
        await opened.getByRole('heading', { name: '当前浏览器还没有登录控制台' }).waitFor()
        await chinese.close()
        await page.getByRole('banner').locator('select').first().selectOption('en')
      })

      it('is used by keyboard alone', async () => {
        await page.goto(`${url}/#/accounts`)
        await page.reload()
        await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor()
        await page.keyboard.press('Tab')
        expect(await focused()).toBe('Skip to the content')
        await tabTo('Pairing')
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { level: 1, name: 'Pairing' }).waitFor()
        await page.locator('main:focus').waitFor()
        await page.goBack()
        await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor()
        await tabTo('Log out')
        await page.keyboard.press('Enter')
        await page.getByRole('dialog').waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'hidden' })
        expect(await focused()).toBe('Log out')
      })

      it('asks nobody but the gateway, and breaks no rule of its content policy', () => {
        expect(watched).toEqual({ foreign: [], complaints: [] })
      })
    })

    it('gives nothing to a page on another port, which the browser sends the same cookie', async () => {
      const cookies: string[] = []
      const neighbour = createServer((request, response) => {
        cookies.push(request.headers.cookie ?? '')
        response.setHeader('content-type', 'text/html').end('<title>neighbour</title>')
      }).listen(0, '127.0.0.1')
      await once(neighbour, 'listening')
      const address = neighbour.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const other = await openPage()
      await other.goto(`http://127.0.0.1:${port}/api/`)
      const [stolen = ''] = cookies.filter((cookie) => cookie.startsWith('moltbot-'))
      expect(stolen).not.toBe('')
      const ask = (path: string, init: string) =>
        other.evaluate(`fetch('${url}${path}', ${init}).then(() => 'came', (error) => error.name)`)
      expect(await ask('/api/status', '{ credentials: "include" }')).toBe('TypeError')
      const approve = '{ method: "POST", credentials: "include", body: \'{"code":"ABCDEFGH"}\' }'
      expect(await ask('/api/pairing/approve', approve)).toBe('TypeError')
      expect((await fetch(`${url}/api/status`, { headers: { cookie: stolen } })).status).toBe(401)
      await other.evaluate(`document.body.innerHTML = '<iframe src="${url}/"></iframe>'`)
      await expect.poll(() => other.frames().at(1)?.url()).toMatch(/^chrome-error:/)
      await other.close()
      neighbour.close()
      neighbour.closeAllConnections()
    })

    it('sends a test to a target of other programs', async () => {
      await goTo('Outbox')
      await button('Send a test: ops').click()
      await page.getByRole('status').getByText('sent', { exact: true }).waitFor()
      const sent = await backend.control.sent({ botId })
      expect(JSON.stringify(sent.at(-1)?.items)).toContain('Test message of the gateway')
    })

    it('works in a second tab with the same session', async () => {
      const second = await openPage()
      await second.goto(`${url}/#/outbox`)
      await second.getByText('No message is waiting to be sent.').waitFor()
      await second.close()
    })

    it('leaves with its session', async () => {
      const other = await browser.newContext()
      const opened = await openPage(other)
      await opened.goto(await makeLink())
      await opened.getByRole('button', { name: 'End this session' }).click()
      await opened.getByRole('heading', { name: 'This browser has no session' }).waitFor()
      expect(await other.cookies(`${url}/api`)).toEqual([])
      await other.close()
    })

    it('says that the gateway has died, and asks for a new link when another one comes', async () => {
      gateway.kill('SIGKILL')
      await page.getByRole('alert').getByText('The gateway does not answer.', { exact: false }).waitFor()
      gateway = home.start('--port', new URL(url).port)
      await gateway.line({ event: 'gateway.ready' })
      await page.getByRole('heading', { name: 'This browser has no session' }).waitFor()
      await page.goto(await makeLink())
      await card('Account alpha').getByText('online', { exact: true }).waitFor()
    })
  },
)

async function qrcodeShown(): Promise<string> {
  const link = await page.locator('figure code').innerText()
  return new URL(link).searchParams.get('qrcode') ?? ''
}

/** Something that is wider than the page. */
function widthProblem(): Promise<unknown> {
  return page.evaluate(`(({ scrollWidth, clientWidth }) =>
    scrollWidth > clientWidth ? scrollWidth + ' of ' + clientWidth : undefined)(document.documentElement)`)
}

/** Lines of three plain English words, apart from those that are data. */
function englishIn(text: string): string[] {
  // Descriptions of tools are shown as the model gets them, and the log is English.
  const data = /<script>|<b>|内置|^\d\d:\d\d:\d\d\t|<img|@im\.wechat|https?:/
  return text
    .split('\n')
    .filter((line) => /(?:\b[a-z]{2,}\b ){2}\b[a-z]{2,}\b/.test(line) && !data.test(line))
}

const focused = async () => String(await page.evaluate('document.activeElement.textContent'))

async function tabTo(name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if ((await focused()).startsWith(name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} is not reached by the keyboard`)
}

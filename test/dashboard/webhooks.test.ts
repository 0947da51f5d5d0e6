/**
 * Events that a receiver has not taken, in the dashboard in a real Chromium: why, since when, and once more.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startReceiver } from '../../extensions/wechat/test/webhook-receiver.ts'
import { startBackend } from '../support/backend.ts'
import { accessibilityProblems, browserPath, openBrowser, type Watched, watch } from '../support/browser.ts'
import { configOf } from '../support/config.ts'
import { GatewayHome } from '../support/gateway.ts'

const whySkipped = browserPath === undefined ? ' (skipped: no Chromium was found, or this is not Linux)' : ''
const patienceMs = 15_000
/** The pause before the third attempt, and some more: a pause that has begun goes on. */
const untilTriedMs = 60_000
const dayMs = 86_400_000

/** A gateway whose accounts tell a receiver of their states: each has two before its login. */
async function stage() {
  const receiver = await startReceiver()
  const backend = await startBackend()
  onTestFinished(() => backend.close())
  const { url, secret } = receiver
  const webhooks = [{ url, secret, events: ['account.state'], allowPrivateNetwork: true }]
  const accounts = { alpha: { webhooks }, beta: { webhooks } }
  const home = new GatewayHome(configOf(backend, 'http://127.0.0.1:9/v1', accounts))
  onTestFinished(() => home.dispose())
  return { receiver, home }
}

async function openOutbox(home: GatewayHome): Promise<{ page: Page; watched: Watched }> {
  const browser = await openBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1200, height: 900 } })
  page.setDefaultTimeout(patienceMs)
  const { url } = JSON.parse((await home.moltbot('dashboard', '--json')).stdout)
  const watched = watch(page, new URL(url).origin)
  await page.goto(`${url}&page=outbox`)
  return { page, watched }
}

/** As if a day had gone by since the events came about: they are given up. */
function age(home: GatewayHome): void {
  const store = new DatabaseSync(join(home.stateDir, 'wechat', 'wechat.sqlite'))
  store.prepare('UPDATE webhook_event SET created_ms = created_ms - ?, not_before_ms = 0').run(dayMs)
  store.close()
}

async function checkLooks(page: Page): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([])
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  await page.setViewportSize({ width: 1200, height: 900 })
}

describe.runIf(browserPath !== undefined)(`events for webhooks in Chromium${whySkipped}`, () => {
  it('are listed with what is wrong, dropped, and sent again after they were given up', {
    timeout: 180_000,
  }, async () => {
    const { receiver, home } = await stage()
    receiver.answer = (response) => response.writeHead(503).end()
    await home.startReady()
    const { page, watched } = await openOutbox(home)
    const cards = page.getByRole('article', { name: /^Event / })
    const cardOf = (account: string) => cards.filter({ hasText: account })
    const button = (name: string) => page.getByRole('button', { name })

    await cardOf('alpha').filter({ hasText: 'account.state → 127' }).nth(1).waitFor()
    await cardOf('alpha').filter({ hasText: 'reason: HTTP 503' }).waitFor()
    expect(await page.getByRole('button', { name: /^Send .*again/ }).count()).toBe(0)
    age(home)
    await button('Given up').click()
    await cards.nth(3).waitFor({ timeout: untilTriedMs })
    await cardOf('alpha')
      .filter({ hasText: /attempts: [1-9]/ })
      .first()
      .waitFor()
    await checkLooks(page)
    await page.getByLabel('Language').selectOption('zh')
    await page.getByRole('heading', { name: '发往 webhook 的事件' }).waitFor()
    await page.getByText('原因：HTTP 503').first().waitFor()
    await checkLooks(page)
    await page.getByLabel('语言').selectOption('en')

    await cards.last().getByRole('button', { name: 'Drop' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click()
    await cards.nth(3).waitFor({ state: 'detached' })
    const before = receiver.events.length
    receiver.answer = (response) => response.writeHead(204).end()
    const given = await cards.locator('code').filter({ hasText: /^evt_/ }).allInnerTexts()
    await cards.first().getByRole('button', { name: 'Send again' }).click()
    await cards.nth(2).waitFor({ state: 'detached' })
    await button('Send all again').click()
    await cards.first().waitFor({ state: 'detached' })
    await button('Waiting').click()
    await page.getByText('No message is waiting').waitFor()
    const came = () => receiver.events.slice(before).map(({ id }) => id)
    await expect.poll(() => came().toSorted(), { timeout: patienceMs }).toEqual(given.toSorted())
    expect(await page.locator('body').innerText()).not.toContain('k3y')
    expect({ ...watched, forged: receiver.forged }).toEqual({ foreign: [], complaints: [], forged: [] })
  })
})

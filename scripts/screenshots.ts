/**
 * The pictures of the dashboard in README and manual: a real gateway on a simulated iLink, shown by a real Chromium in both
 * languages. Run it after the pages have changed: npm run docs:screenshots
 */

import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startBackend } from '../test/support/backend.ts'
import { browserPath, openBrowser } from '../test/support/browser.ts'
import { configOf } from '../test/support/config.ts'
import { GatewayHome } from '../test/support/gateway.ts'
import { showPhone } from './screenshots-phone.ts'
import { root } from './workspaces.ts'

const languages = [
  { locale: 'en-GB', suffix: '' },
  { locale: 'zh-CN', suffix: '.zh-CN' },
]
const question = 'When do you open tomorrow? 明天几点开门？'
const size = { width: 1000, height: 900 }

if (browserPath === undefined) throw new Error('there is no Chromium on this machine')
const backend = await startBackend()
const accounts = { shop: { name: 'Bookshop 书店' }, desk: { name: 'Front desk 前台' } }
const agents = { defaults: { model: 'builtin/echo' } }
const home = new GatewayHome({ ...configOf(backend, 'http://127.0.0.1:9/v1', accounts), agents })
const browser = await openBrowser()
try {
  const gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr', accountId: 'shop' })
  const { botId } = await backend.scanAndConfirm(String(url), 'o9cq8Ann@im.wechat')
  await gateway.line({ event: 'account.state', accountId: 'shop', state: 'online' })
  await backend.control.inbound({
    botId,
    from: 'o9cq8Li@im.wechat',
    text: '你好，我想问一下《围城》有货吗？',
  })
  await backend.control.inbound({ botId, text: question })
  await backend.repliesOf(botId, 2)
  for (const { locale, suffix } of languages) {
    const context = await browser.newContext({ locale, viewport: size, colorScheme: 'light' })
    const page = await context.newPage()
    await page.goto(JSON.parse((await home.moltbot('dashboard', '--json')).stdout).url)
    await page.getByRole('img').waitFor()
    await save(page, `dashboard-accounts${suffix}`)
    await page.getByRole('navigation').getByRole('link').nth(2).click()
    await page.getByText('o9cq8Li').first().waitFor()
    await save(page, `dashboard-pairing${suffix}`)
    await page.getByRole('navigation').getByRole('link').nth(1).click()
    await page
      .getByRole('article')
      .filter({ hasText: question })
      .locator('button[aria-expanded]')
      .last()
      .click()
    await page.getByRole('listitem').filter({ hasText: 'echo: ' }).last().waitFor()
    await save(page, `dashboard-conversations${suffix}`)
    await context.close()
  }
  await showPhone(browser, save)
} finally {
  await browser.close()
  await home.dispose()
  await backend.close()
}

async function save(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(root, 'docs', 'images', `${name}.png`) })
  console.log(`docs/images/${name}.png`)
}

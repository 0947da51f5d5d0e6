/**
 * The pictures of the sandbox's phone in the README and the manual, in both languages.
 */

import type { Browser, Page } from 'playwright-core'
import { GatewayHome } from '../test/support/gateway.ts'
import { until } from '../test/support/process.ts'
import { tone } from '../test/support/tone.ts'

/** On a busy machine a gateway takes a while. */
const startMs = 60_000

interface Look {
  readonly locale: string
  readonly hello: string
  readonly spoken: string
}

/** What is said on the phone, by the language of the browser. */
const looks = {
  '': { locale: 'en-GB', hello: 'Hi! Do you get my messages?', spoken: 'And when I speak?' },
  '.zh-CN': { locale: 'zh-CN', hello: '你好，能收到我的消息吗？', spoken: '说话也能听到吗？' },
} satisfies Record<string, Look>

/** @param save writes a picture of the page under this name */
export async function showPhone(
  browser: Browser,
  save: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  for (const [suffix, look] of Object.entries(looks)) {
    const home = new GatewayHome({})
    const sandbox = home.startMoltbot('gateway', 'run', '--sandbox', '--log-format', 'json')
    try {
      await until(() => sandbox.stdout().match('gateway.ready') ?? undefined, sandbox.stderr, startMs)
      await home.moltbot('sandbox', 'say', look.hello)
      const page = await openPhone(browser, home, look)
      await talk(page, look)
      await save(page, `phone${suffix}`)
      await page.context().close()
    } finally {
      sandbox.kill('SIGTERM')
      await sandbox.exited
    }
  }
}

async function openPhone(browser: Browser, home: GatewayHome, { locale }: Look): Promise<Page> {
  const viewport = { width: 960, height: 1010 }
  const context = await browser.newContext({ locale, viewport, colorScheme: 'light' })
  const page = await context.newPage()
  const { stdout } = await home.moltbot('dashboard', '--sandbox', '--json')
  await page.goto(`${JSON.parse(stdout).url}&page=phone`)
  return page
}

async function talk(page: Page, { spoken }: Look): Promise<void> {
  const input = page.getByRole('textbox')
  await input.fill(spoken)
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.locator('.composer button').nth(1).click(),
  ])
  await chooser.setFiles({ name: 'voice.wav', mimeType: 'audio/wav', buffer: tone() })
  await page.getByText(`echo: ${spoken}`).waitFor()
  await input.fill('send picture.png')
  await input.press('Enter')
  await page.locator('canvas[height="320"]').waitFor()
}

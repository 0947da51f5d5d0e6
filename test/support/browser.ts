/**
 * A real Chromium without a screen, driven by playwright-core.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../../extensions/wechat/src/puppets/chromium.ts'

/** Undefined where there is none. */
export const browserPath = process.platform === 'linux' ? findChromium(process) : undefined

/** @param more switches of Chromium */
export function openBrowser(more: readonly string[] = []): Promise<Browser> {
  // Its sandbox needs rights that the root of a container does not have.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: browserPath ?? '', args: [...args, ...more] })
}

export interface Watched {
  /** Addresses that the page asked, other than those of `origin`. */
  readonly foreign: string[]
  /** What the page complained of: errors and violations of its content policy. */
  readonly complaints: string[]
}

/** Notes what a page must not do. */
export function watch(page: Page, origin: string): Watched {
  const foreign: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    if (
      !request
        .url()
        .replace(/^blob:/, '')
        .startsWith(`${origin}/`)
    )
      foreign.push(request.url())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // An answer that refuses is told there too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  return { foreign, complaints }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds against WCAG 2.2 AA and its own best practices, one line for each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not as a script element, which the page's content policy refuses.
  await page.evaluate(axeSource)
  const found: unknown = await page.evaluate('axe.run().then(({ violations }) => violations)')
  if (!Array.isArray(found)) throw new Error('axe-core gave no result')
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }: Record<string, string>) => `${id}: ${html} ${failureSummary}`),
  )
}

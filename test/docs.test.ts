/**
 * The manual and the READMEs: their configurations load, their links exist, and both languages have the same content.
 */

import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '@moltbot/channel-sdk'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import wechat from '../extensions/wechat/src/index.ts'
import { formatProblem } from '../packages/gateway/src/config/config-error.ts'
import { loadConfig } from '../packages/gateway/src/config/load.ts'
import {
  asWholeFile,
  environmentOf,
  includedAs,
  type Json5Block,
  json5Blocks,
} from './support/json5-blocks.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync(
  ['docs/*.md', 'README*.md', 'CONTRIBUTING.md', 'packages/*/README*.md', 'extensions/*/README*.md'],
  { cwd: root },
).sort()
const read = (page: string) => readFileSync(join(root, page), 'utf8')

const folder = mkdtempSync(join(tmpdir(), 'moltbot-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The home directory that the examples speak of. */
const home = join(folder, 'home')
mkdirSync(join(home, 'bookshop-files'), { recursive: true })
beforeEach(() => void vi.stubEnv('HOME', home))
afterEach(() => void vi.unstubAllEnvs())

/** An example about channels has no model, and one about models no channel. Any other warning is a fault of the example. */
const mayBeMissing: readonly string[] = ['agents.defaults.model.primary', 'channels']

/** Loads every block of a page. @returns errors, warnings, and files that no block includes */
async function flaws(markdown: string): Promise<string[]> {
  const page = mkdtempSync(join(folder, 'page-'))
  const blocks = json5Blocks(markdown)
  const included = blocks.flatMap((block) => {
    const name = includedAs(block)
    return name === undefined ? [] : [{ path: join(page, name), text: block.text }]
  })
  for (const { path, text } of included) writeFileSync(path, text)
  const configs = blocks.filter((block) => includedAs(block) === undefined)
  const loaded = await Promise.all(configs.map((block) => load(block, page)))
  const read = new Set(loaded.flatMap(({ files }) => files))
  const unused = included.filter(({ path }) => !read.has(path))
  return [
    ...loaded.flatMap((one) => one.flaws),
    ...unused.map(({ path }) => `no block includes ${basename(path)}`),
  ]
}

/** @returns errors and warnings, and the files that were read */
async function load(
  block: Json5Block,
  folder: string,
): Promise<{ flaws: readonly string[]; files: readonly string[] }> {
  const path = join(folder, `line-${block.line}.json5`)
  try {
    writeFileSync(path, asWholeFile(block))
    const { warnings, files } = await loadConfig({ path, env: environmentOf(block), channels: [wechat] })
    return { flaws: warnings.filter(({ path }) => !mayBeMissing.includes(path)).map(formatProblem), files }
  } catch (error) {
    return { flaws: [messageOf(error)], files: [] }
  }
}

describe('configuration in documents', () => {
  it.each(pages)('%s shows only valid configurations', async (page) => {
    expect(await flaws(read(page))).toEqual([])
  })

  const shown = (block: string) => flaws(`Text.\n\n\`\`\`json5\n${block}\`\`\`\n`)

  it.each([
    ['a wrong key', '{ channels: { wechat: { dmPolicies: "open" } } }\n', 'dmPolicies'],
    ['a wrong key in a part', '// channels.wechat\ndmPolicies: "open",\n', 'dmPolicies'],
    ['a wrong value', '// channels.wechat\ndmPolicy: "closed",\n', 'allowed: "pairing", "allowlist"'],
    ['a syntax error', '{ channels: \n', 'line-4.json5:'],
    ['a warning', '// channels.wechat\nallowFrom: ["*"],\n', 'admits every user'],
    ['a part without its place', 'dmPolicy: "open",\n', 'begins with'],
    ['a file that nothing includes', '// ./groups.json5\n{}\n', 'no block includes groups.json5'],
  ])('%s is found', async (_what, block, words) => {
    expect(await shown(block)).toEqual([expect.stringContaining(words)])
  })

  it('a block of a list, with an environment variable and an included file, is loaded', async () => {
    const list = '1. Text:\n\n   ```json5\n   { models: { providers: { a: { baseUrl: "https://a.test", '
    expect(await flaws(`${list}apiKey: "\${KEY}" } } } }\n   \`\`\`\n`)).toEqual([])
    const file = '```json5\n// ./groups.json5\n{ channels: { wechat: { historyLimit: 5 } } }\n```\n'
    expect(await flaws(`${file}\n\`\`\`json5\n{ $include: "./groups.json5" }\n\`\`\`\n`)).toEqual([])
  })
})

const codeBlock = /^[ \t]*```(\w*)\n(.*?)^[ \t]*```$/gms
const link = /\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g

it.each(pages)('%s has no broken links', (page) => {
  const missing = [...read(page).matchAll(link)].filter(([, target = '', anchor]) => {
    if (/^https?:/.test(target)) return false
    const file = target === '' ? page : join(dirname(page), target)
    return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(read(file)).includes(anchor))
  })
  expect(missing.map(([text]) => text)).toEqual([])
})

/** The anchors that GitHub derives from headings. */
function anchors(markdown: string): string[] {
  const headings = markdown.replaceAll(codeBlock, '').match(/^#+ .*$/gm) ?? []
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const translated = pages.filter((page) => page.endsWith('.zh-CN.md'))
const english = (page: string) => read(page.replace('.zh-CN', ''))

describe('a Chinese page', () => {
  // The Chinese READMEs of packages may be shorter.
  it.each(translated.filter((page) => !page.startsWith('packages/')))(
    '%s has the structure of its English page',
    (page) => {
      expect(outline(read(page))).toEqual(outline(english(page)))
    },
  )

  it.each(translated)('%s has no command that its English page lacks', (page) => {
    const known = new Set(commands(english(page)))
    expect(commands(read(page)).filter((command) => !known.has(command))).toEqual([])
  })
})

/** Headings by level, table rows, and code blocks by language, in order. */
function outline(markdown: string): string[] {
  const marks = markdown.replaceAll(codeBlock, '```$1').match(/^(?:#+(?= )|\||[ \t]*```\w*)/gm) ?? []
  return marks.map((mark) => mark.trim())
}

/** Lines of shell blocks, without comments and without messages to the bot. */
function commands(markdown: string): string[] {
  const shell = [...markdown.matchAll(codeBlock)].filter(
    ([, language]) => language === 'bash' || language === 'sh',
  )
  const lines = shell.flatMap(([, , body = '']) => body.split('\n'))
  return lines
    .map((line) => line.replace(/(^|\s+)#.*$/, '').replace(/(sandbox say) ".*"/, '$1'))
    .filter(Boolean)
}

it('the index of the manual lists every page', () => {
  const index = read('docs/README.md')
  const names = pages.filter((page) => page.startsWith('docs/')).map((page) => basename(page))
  expect(names.filter((name) => name !== 'README.md' && !index.includes(`(${name})`))).toEqual([])
})

/**
 * The manual and the READMEs: what they show can be loaded, where they point to exists, and both languages tell the same.
 */

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import wechat from '../extensions/wechat/src/index.ts'
import { loadConfig } from '../packages/gateway/src/config/load.ts'
import { asWholeFile, environmentOf, includedAs, json5Blocks } from './support/json5-blocks.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync(
  ['docs/*.md', 'README*.md', 'CONTRIBUTING.md', 'packages/*/README*.md', 'extensions/*/README*.md'],
  { cwd: root },
).sort()
const read = (page: string) => readFileSync(join(root, page), 'utf8')

const folder = mkdtempSync(join(tmpdir(), 'moltbot-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An example about channels names no model; everything else that is warned of is a bad example. */
const needsNoModel = 'agents.defaults.model.primary'

/** Loads every block of a page. @returns what is wrong, or warned of, and files that nothing includes */
async function flaws(markdown: string): Promise<string[]> {
  const page = mkdtempSync(join(folder, 'page-'))
  const unused = new Set<string>()
  const configs = json5Blocks(markdown).filter((block) => {
    const name = includedAs(block)
    if (name !== undefined) {
      writeFileSync(join(page, name), block.text)
      unused.add(name)
    }
    return name === undefined
  })
  const found: string[] = []
  for (const block of configs) {
    const path = join(page, 'config.json5')
    const env = environmentOf(block)
    try {
      writeFileSync(path, asWholeFile(block))
      const { warnings, files } = await loadConfig({ path, env, channels: [wechat] })
      for (const file of files) unused.delete(basename(file))
      const traps = warnings.filter((one) => one.path !== needsNoModel)
      found.push(...traps.map((one) => `block at line ${block.line}: ${one.path}: ${one.message}`))
    } catch (error) {
      found.push(`block at line ${block.line}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return [...found, ...[...unused].map((name) => `no block includes ${name}`)]
}

describe('configuration in documents', () => {
  it.each(pages)('%s shows nothing but valid configurations', async (page) => {
    expect(await flaws(read(page))).toEqual([])
  })

  const shown = (block: string) => flaws(`Text.\n\n\`\`\`json5\n${block}\`\`\`\n`)

  it.each([
    ['a wrong key', '{ channels: { wechat: { dmPolicies: "open" } } }\n', 'dmPolicies'],
    ['a wrong key in a part', '// channels.wechat\ndmPolicies: "open",\n', 'dmPolicies'],
    ['a wrong value', '// channels.wechat\ndmPolicy: "closed",\n', 'allowed: "pairing", "allowlist"'],
    ['a syntax error', '{ channels: \n', 'config.json5:'],
    ['a trap', '// channels.wechat\nallowFrom: ["*"],\n', 'admits everybody'],
    ['a part that does not say of what', 'dmPolicy: "open",\n', 'begins with'],
    ['a file that nothing includes', '// ./groups.json5\n{}\n', 'no block includes groups.json5'],
  ])('%s would be found', async (_what, block, words) => {
    expect(await shown(block)).toEqual([expect.stringContaining(words)])
  })

  it('a block of a list, with an environment variable and an included file, is loaded', async () => {
    const list = '1. Text:\n\n   ```json5\n   { models: { providers: { a: { baseUrl: "https://a.test", '
    expect(await flaws(`${list}apiKey: "\${KEY}" } } } }\n   \`\`\`\n`)).toEqual([])
    const file = '```json5\n// ./groups.json5\n{ channels: { wechat: { historyLimit: 5 } } }\n```\n'
    expect(await flaws(`${file}\n\`\`\`json5\n{ $include: "./groups.json5" }\n\`\`\`\n`)).toEqual([])
  })
})

const link = /\]\(([^)#\s]+)(?:#[^)]*)?\)/g

it.each(pages)('%s links only to what is here', (page) => {
  const targets = [...read(page).matchAll(link)].map(([, target = '']) => target)
  const missing = targets.filter(
    (target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(page), target)),
  )
  expect(missing).toEqual([])
})

const translated = pages.filter((page) => page.endsWith('.zh-CN.md'))
const english = (page: string) => read(page.replace('.zh-CN', ''))

describe('a Chinese page', () => {
  // Those of packages may be shorter.
  it.each(translated.filter((page) => !page.startsWith('packages/')))(
    '%s is built like its English one',
    (page) => {
      expect(outline(read(page))).toEqual(outline(english(page)))
    },
  )

  it.each(translated)('%s shows no command that its English one does not', (page) => {
    const known = new Set(commands(english(page)))
    expect(commands(read(page)).filter((command) => !known.has(command))).toEqual([])
  })
})

const codeBlock = /^[ \t]*```(\w*)\n(.*?)^[ \t]*```$/gms

/** Headings by level, table rows, and code blocks by language, in order. */
function outline(markdown: string): string[] {
  const marks = markdown.replaceAll(codeBlock, '```$1').match(/^(?:#+(?= )|\||[ \t]*```\w*)/gm) ?? []
  return marks.map((mark) => mark.trim())
}

/** Lines of shell blocks, without comments and without what is said to the bot. */
function commands(markdown: string): string[] {
  const shell = [...markdown.matchAll(codeBlock)].filter(
    ([, language]) => language === 'bash' || language === 'sh',
  )
  const lines = shell.flatMap(([, , body = '']) => body.split('\n'))
  return lines
    .map((line) => line.replace(/(^|\s+)#.*$/, '').replace(/(sandbox say) ".*"/, '$1'))
    .filter(Boolean)
}

it('the index of the manual names every page', () => {
  const index = read('docs/README.md')
  const names = pages.filter((page) => page.startsWith('docs/')).map((page) => basename(page))
  expect(names.filter((name) => name !== 'README.md' && !index.includes(`(${name})`))).toEqual([])
})

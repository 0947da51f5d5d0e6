import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { createRedactor } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import wechat from '../../../../extensions/wechat/src/index.ts'
import { scratch } from '../../test/scratch.ts'
import { describeConfig } from './describe.ts'

const plugin: ChannelPlugin = wechat
const secret = 'hunter2-hunter2'

function report(files: Readonly<Record<string, string>>) {
  const folder = scratch()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const path = join(folder, 'config.json5')
  return describeConfig({ path, env: {}, channels: [plugin] }, createRedactor())
}

const names = ({ files }: { readonly files: readonly { readonly path: string }[] }) =>
  files.map(({ path }) => path.split('/').at(-1))

describe('the configuration that a person sees', () => {
  it('is its files without secrets, what is probably not meant, and each account with its defaults', async () => {
    const found = await report({
      'config.json5': `{
  agents: { defaults: { model: "builtin/echo" } },
  channels: { wechat: { puppet: "ilink", dmPolicy: "open", accounts: { a: {}, b: { $include: "./b.json5" } } } },
}`,
      'b.json5': `{ name: "B", puppetOptions: { "token": "${secret}" }, dmPolicy: "disabled" }`,
      '.env': `KEY=${secret}`,
    })
    expect(names(found)).toEqual(['config.json5', 'b.json5', '.env'])
    expect(found.files[2]).not.toHaveProperty('text')
    expect(found.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(found.accounts).toMatchObject([
      { channel: 'wechat', accountId: 'a', settings: { dmPolicy: 'open', textChunkLimit: 2_048 } },
      {
        channel: 'wechat',
        accountId: 'b',
        settings: { name: 'B', dmPolicy: 'disabled', puppetOptions: { token: '[secret]' } },
      },
    ])
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  it('has the line of each problem, and no account while there is an error', async () => {
    const found = await report({
      'config.json5': `{\n  agent: {},\n  models: { providers: { p: { apiKey: "${secret}", url: 1 } } },\n}`,
    })
    expect(found.problems).toEqual([
      expect.objectContaining({ line: 2, severity: 'error', message: expect.stringContaining('agent') }),
      expect.objectContaining({ line: 3, severity: 'error' }),
      ...found.problems.slice(2),
    ])
    expect(found.accounts).toEqual([])
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  it('shows no string of a file whose place is unknown, or that cannot be read as JSON5', async () => {
    const included = await report({
      'config.json5': `{ mcp: { servers: { s: { url: "http://x", headers: { $include: "./h.json5" } } } }, nonsense: 1 }`,
      'h.json5': `{ "X-Mine": "${secret}", a: }`,
    })
    const broken = await report({ 'config.json5': `{ mcp: { servers: { s: { headers: { X: "${secret}" }` })
    for (const found of [included, broken]) {
      expect(found.problems.length).toBeGreaterThan(0)
      expect(JSON.stringify(found)).not.toContain(secret)
    }
  })

  it('is not there without a file', async () => {
    await expect(report({ other: '' })).rejects.toMatchObject({ code: 'config-not-found' })
  })
})

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations hold references to variables
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { channels } from '../../test/config-folder.ts'
import { scratch } from '../../test/scratch.ts'
import { loadConfig } from '../config/load.ts'
import { languages } from '../language/choose.ts'
import { speechIn } from '../language/speech-in.ts'
import { printable } from '../printable.ts'
import type { SetupAnswers } from './answers.ts'
import { configText } from './config-text.ts'

const least: SetupAnswers = {
  channel: 'wechat',
  backend: 'ilink',
  hasGroups: false,
  accounts: [{ id: 'default' }],
  dmPolicy: 'pairing',
  allowFrom: [],
  groups: false,
  replyLanguage: 'auto',
  variables: {},
}
const most: SetupAnswers = {
  ...least,
  backend: 'wechat4u',
  hasGroups: true,
  accounts: [{ id: 'account1', name: '书店 "一" \\ ${HOME}\n' }, { id: '2-b' }],
  model: {
    primary: 'my-own/模型 "x"'.replaceAll(' ', '_'),
    provider: { id: 'my-own', baseUrl: 'https://api.example/v1', api: 'anthropic-messages', variable: 'KEY' },
  },
  dmPolicy: 'allowlist',
  allowFrom: ['o9Ann@im.wechat'],
  groups: true,
  replyLanguage: 'zh-CN',
}

const shown = (text: string) => printable(text).toWellFormed()

async function load(text: string) {
  const path = join(scratch(), 'config.json5')
  writeFileSync(path, text)
  return loadConfig({ path, env: { TOKEN: 'insecure_t', KEY: 'sk-1234567890' }, channels })
}

describe.each(languages)('the configuration that setup writes in %s', (language) => {
  it.each([
    ['least', least],
    ['most', most],
    ['hosted', { ...least, backend: 'service', hosted: { variable: 'TOKEN', endpoint: '127.0.0.1:9000' } }],
    ['echo', { ...least, model: { primary: 'builtin/echo' } }],
  ])('is valid, fits a terminal and says what was answered: %s', async (_, answers) => {
    const text = configText(answers, await speechIn(language))
    expect(text.split('\n').filter((line) => stringWidth(line) > 100)).toEqual([])
    const { config, channels: checked } = await load(text)
    expect(config.agents.defaults.model.primary).toBe(answers.model?.primary)
    expect(checked.get('wechat')).toMatchObject({
      puppet: answers.backend,
      accounts: Object.fromEntries(
        answers.accounts.map(({ id, name }) => [id, name === undefined ? {} : { name: shown(name) }]),
      ),
      dmPolicy: answers.dmPolicy,
      replyLanguage: answers.replyLanguage,
    })
  })

  it('holds any name as it was typed, without control characters (property)', async () => {
    const speech = await speechIn(language)
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(name, name, async (first, second) => {
        const accounts = [
          { id: 'a', name: first },
          { id: 'b', name: `\${${second}}` },
        ]
        const { channels: checked } = await load(configText({ ...least, accounts }, speech))
        expect(checked.get('wechat')).toMatchObject({
          accounts: { a: { name: shown(first) }, b: { name: shown(`\${${second}}`) } },
        })
      }),
      { numRuns: 50 },
    )
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeholdersOf } from '../templates.ts'
import { accounts } from './accounts.ts'
import { chinese } from './catalogue.ts'
import { composed } from './composed.ts'
import { config } from './config.ts'
import { errors } from './errors.ts'
import { help } from './help.ts'
import { output } from './output.ts'
import { sends } from './sends.ts'

const entries = Object.entries(chinese)
const repository = join(import.meta.dirname, '../../../../..')

/** All that could say a text, without what only quotes or breaks it. */
function sources(): string {
  const folders = [
    'packages/gateway/src',
    'packages/channel-sdk/src',
    'packages/puppet-ilink/src',
    'extensions/wechat/src',
  ]
  const own = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('chinese'))
      .map((file) => join(repository, folder, file)),
  )
  const library = ['command.js', 'help.js', 'option.js'].map((file) =>
    join(repository, 'node_modules/commander/lib', file),
  )
  return [...own, ...library].map((file) => readFileSync(file, 'utf8').replaceAll('\\', '')).join('\n')
}

describe('the Chinese catalogue', () => {
  it.each(entries)('says %j with the same values', (english, text) => {
    const values = (template: string) => [...new Set(placeholdersOf(template))].toSorted()
    expect(values(text)).toEqual(values(english))
    expect(text.trim()).toBe(text)
    expect(text).not.toBe('')
  })

  it('says a text in one of its parts only', () => {
    const keys = [help, output, errors, config, composed, accounts, sends].flatMap((part) =>
      Object.keys(part),
    )
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  })

  it('has no text that nothing says any more', () => {
    const said = sources()
    const longest = (english: string) =>
      english.split(/\{\w+\}/).reduce((found, part) => (part.length > found.length ? part : found), '')
    const pieces = { ...composed, ...sends }
    const whole = Object.keys(chinese).filter((english) => !Object.hasOwn(pieces, english))
    expect(whole.filter((english) => !said.includes(longest(english).trim()))).toEqual([])
  })
})

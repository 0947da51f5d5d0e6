import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { channelTexts, gatewayTexts } from '../../../test/channel-texts.ts'
import { patternOf, placeholdersOf } from '../templates.ts'
import { accounts } from './accounts.ts'
import { chinese } from './catalogue.ts'
import { channel } from './channel.ts'
import { cluster, clusterOutput } from './cluster.ts'
import { commandErrors } from './command-errors.ts'
import { composed } from './composed.ts'
import { config } from './config.ts'
import { dashboard } from './dashboard.ts'
import { doctor } from './doctor.ts'
import { errors } from './errors.ts'
import { help } from './help.ts'
import { imports } from './imports.ts'
import { moving, movingErrors } from './moving.ts'
import { output } from './output.ts'
import { programs } from './programs.ts'
import { sends } from './sends.ts'
import { setup } from './setup.ts'
import { surroundings } from './surroundings.ts'

const entries = Object.entries(chinese)
const repository = join(import.meta.dirname, '../../../../..')

/** All that could say a text, without what only quotes or breaks it. */
function sources(): string {
  const folders = [
    'packages/gateway/src',
    'packages/channel-sdk/src',
    'packages/puppet-ilink/src',
    'extensions/wechat/src',
    'packages/dashboard/page',
  ]
  const own = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.includes('chinese'))
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
    const parts = [
      help,
      output,
      dashboard,
      errors,
      commandErrors,
      config,
      composed,
      accounts,
      imports,
      channel,
      sends,
      surroundings,
      cluster,
      clusterOutput,
      moving,
      movingErrors,
      doctor,
      setup,
      programs,
    ]
    const keys = parts.flatMap((part) => Object.keys(part))
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

  it('has every text of the WeChat channel but those that are English on purpose', () => {
    expect(channelTexts().filter((text) => !isKnown(text))).toEqual([...englishOnPurpose].toSorted())
  })

  it('has every text about a configuration and the machine but pieces of sentences', () => {
    expect(gatewayTexts().filter((text) => !isKnown(text) && !isRecognised(text))).toEqual(
      [...gatewayPieces].toSorted(),
    )
  })
})

/** What the text follows, and what follows it, may be in the template, too. */
function isKnown(text: string): boolean {
  return [text, `{before} ${text}`, `${text}, {more}`, `${text} within {seconds} s`].some((whole) => {
    const pattern = patternOf(whole)
    return Object.keys(chinese).some((template) => pattern.match(template))
  })
}

/** A text whose template has other names for its values, or a value that the code writes out. */
function isRecognised(text: string): boolean {
  return telling.some((pattern) => pattern.match(text))
}

/** Without those that match nearly every sentence, such as `{place}: {problem}`. */
const telling = Object.keys(chinese)
  .map(patternOf)
  .filter(({ weight }) => weight > 10)

/** Known as a part of a sentence, or no text at all. */
const gatewayPieces: readonly string[] = [
  '"{value}" ',
  '*+.^`|~-]+$/, { error: ',
  ':{value} {value}',
  '; directly reached are {value}',
  'Unexpected end of input',
  'api baseUrl reasoning contextTokens thinkingLevelMap params agentRuntime headers compat mediaInput metadataSource',
  '{value}//{value}{value} (from {value})',
  // To the agent.
  'there is no time zone {value}; give an IANA name such as "Asia/Shanghai"',
  // Of the explanations of a key.
  'a rejected edit of the configuration',
  'anything else, such as a channel that cannot be opened',
  'messages that wait too long',
  'the disk and the state directory',
  'the model',
  'tools that offer the same name',
]

/** What stays in the log or goes to the backend, and pieces of sentences that are known as a whole. */
const englishOnPurpose: readonly string[] = [
  'The journal could not be read',
  'The journal is damaged; at the next start it is moved aside and a new one is begun',
  'The list of tools could not be read from the host',
  'a handler of the account failed',
  'a message could not be read yet',
  'a message could not be stored; it is tried again',
  'at most {value} files',
  'the store is closed',
  'the account cannot run',
  'the account could not connect',
  'the account lost its connection',
  'the puppet reported an error',
  'turn {value} has no message',
  'are you there?',
  'ahead of',
  ' and {value} more',
  '{value} and {value} more',
  '; did you mean {value}?',
]

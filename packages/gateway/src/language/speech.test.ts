import { describe, expect, it } from 'vitest'
import { chinese } from './chinese/catalogue.ts'
import { recognised } from './chinese/recognised.ts'
import { langOption, languageOf, parseLanguage } from './choose.ts'
import { englishSpeech, speechFrom } from './speech.ts'
import { speechIn } from './speech-in.ts'
import { fillIn, patternOf, placeholdersOf } from './templates.ts'

describe('the language of the command line', () => {
  it.each([
    [{ LC_ALL: 'zh_TW.UTF-8', LC_MESSAGES: 'en_US', LANG: 'en_US' }, 'zh'],
    [{ LC_ALL: '', LC_MESSAGES: 'zh_CN', LANG: 'en_US' }, 'zh'],
    [{ LC_MESSAGES: 'C', LANG: 'zh_CN.UTF-8' }, 'en'],
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh_CN@pinyin' }, 'zh'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{ LANG: 'C.UTF-8' }, 'en'],
  ] as const)('of %j is %s', (env, language) => {
    expect(languageOf(env, 'zh-CN')).toBe(language)
  })

  it('is that of the system where the environment names none', () => {
    expect(languageOf({}, 'zh-Hans-CN')).toBe('zh')
    expect(languageOf({}, 'fr-FR')).toBe('en')
  })

  it.each([
    ['zh', 'zh'],
    ['zh-CN', 'zh'],
    ['ZH_tw', 'zh'],
    ['en-GB', 'en'],
    ['zhuang', undefined],
    ['fr', undefined],
    ['', undefined],
  ])('%j means %s', (text, language) => {
    expect(parseLanguage(text)).toBe(language)
  })

  it.each([
    [['--lang', 'zh', 'gateway', 'status'], 'zh'],
    [['gateway', 'status', '--lang=zh'], 'zh'],
    [['sandbox', 'say', '--', '--lang', 'zh'], undefined],
    [['gateway', 'status', '--lang'], undefined],
    [['gateway', 'status'], undefined],
  ])('is found in %j', (args, text) => {
    expect(langOption(args)).toBe(text)
  })
})

describe('a text', () => {
  const more = { 'gone: {reason}': '没了：{reason}', 'the disk of {name} is full': '{name} 的磁盘已满' }
  const { say, translate } = speechFrom({ ...chinese, ...more }, { ...recognised, ...more })

  it('is English where no catalogue is loaded', async () => {
    expect(await speechIn('en')).toBe(englishSpeech)
    expect(englishSpeech.say('{key} is not set', { key: 'a.b' })).toBe('a.b is not set')
    expect(englishSpeech.translate('yes')).toBe('yes')
  })

  it('is filled in with values that stay as they are', () => {
    expect(say('{senderId} is not approved', { senderId: 'yes $& {x}' })).toBe('没有批准过 yes $& {x}')
  })

  it('has texts among its values, by the name of the placeholder', () => {
    expect(say('{title}: {state} since {time}', { title: 'online', state: 'online', time: 'now' })).toBe(
      'online：在线（now 起）',
    )
  })

  it('is recognised when it is finished English, with the texts inside', () => {
    expect(translate('gone: the disk of yes is full')).toBe('没了：yes 的磁盘已满')
  })

  it('keeps its lines, their indent, and what is in no catalogue', () => {
    expect(translate('yes\n  no\n\nnever heard')).toBe('是\n  否\n\nnever heard')
  })

  it('is recognised in a problem of a configuration, whatever is around it', () => {
    expect(
      translate(
        '/a: b/c.json5:1:14: gateway.prot: unknown key, found 1; did you mean "port"? Allowed: port, bind',
      ),
    ).toBe('/a: b/c.json5:1:14: gateway.prot: 没有这个配置项，实际是 1；是不是 "port"？可用：port, bind')
  })

  it('takes the template that says most where several match', () => {
    expect(translate('there is no account "a"; there is b, c')).toBe('没有账号“a”；现有：b, c')
  })
})

describe('a template', () => {
  it('gives back the values that were filled in', () => {
    const template = 'port {port} (a+b) is taken by {holder}'
    const values = { port: '1', holder: 'node (pid 2)' }
    expect(patternOf(template).match(fillIn(template, values))).toEqual(values)
    expect(patternOf(template).match('port 1 is taken')).toBeUndefined()
  })

  it('finds the end of a reason that has brackets of its own', () => {
    const template = 'answers failed: {reason} ({advice})'
    const values = { reason: 'no connection (ECONNREFUSED) to 127.0.0.1', advice: 'check the network' }
    expect(patternOf(template).match(fillIn(template, values))).toEqual(values)
  })

  it('leaves a placeholder without a value', () => {
    expect(fillIn('{a} {b}', { a: 1 })).toBe('1 {b}')
    expect(placeholdersOf('{a} {b} {}')).toEqual(['a', 'b'])
  })
})

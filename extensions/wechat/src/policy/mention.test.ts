import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { botId, groupMessage } from '../../test/policy.ts'
import { MentionPatterns } from '../config/patterns.ts'
import type { MessageFacts } from './facts.ts'
import { findMention, maxPatternTextLength, stripMention } from './mention.ts'

const patterns = (...sources: string[]) => new MentionPatterns(sources)

type Row = [sentence: string, message: Partial<MessageFacts>, by: string | undefined, patterns?: string[]]

const called = (selfName: string, text: string, more: Partial<MessageFacts> = {}) => ({
  selfName,
  text,
  ...more,
})

describe('the mention gate', () => {
  it.each<Row>([
    ['passes if the native list has the bot', { mentionIds: ['o9Bob', botId] }, 'native'],
    ['and not if it has others only', { mentionIds: ['o9Bob'] }, undefined],
    ['and not if it is empty', { mentionIds: [] }, undefined],
    ['an id that differs by case is another', { mentionIds: [botId.toUpperCase()] }, undefined],
    ['a bot whose id is unknown is in no list', { mentionIds: [''], selfId: '' }, undefined],
    [
      'a native list without the bot does not stop the text checks',
      { mentionIds: ['o9Bob'], text: '@My Bot hi' },
      'name',
    ],
    ['nor does an empty one', { mentionIds: [], text: '@My Bot hi' }, 'name'],
    ['the name followed by U+2005', called('Bot', '@Bot\u2005hi'), 'name'],
    ['by a space', called('Bot', '@Bot hi'), 'name'],
    ['by a line break', called('Bot', '@Bot\nhi'), 'name'],
    ['by an ideographic space', called('Bot', '@Bot\u3000hi'), 'name'],
    ['by the end', called('Bot', 'hi @Bot'), 'name'],
    ['by ASCII punctuation', called('Bot', '@Bot, hi'), 'name'],
    ['by a tilde', called('小助手', '@小助手～'), 'name'],
    ['by Chinese punctuation', called('小助手', '@小助手，在吗'), 'name'],
    ['in the middle of Chinese text, which has no spaces', called('小助手', '你好@小助手 在吗'), 'name'],
    ['not by a letter: that is another name', called('Bot', '@Botany is fun'), undefined],
    ['nor by a digit', called('Bot', '@Bot2 hi'), undefined],
    ['nor by a Chinese character', called('小助手', '@小助手二号 在吗'), undefined],
    ['nor by an emoji: names have them', called('Bot', '@Bot😀 hi'), undefined],
    ['a later mention counts where an earlier one is another name', called('Bot', '@Botany @Bot hi'), 'name'],
    ['names with spaces work', called('My Bot', '@My Bot hi'), 'name'],
    ['whatever the space is', called('My  Bot', '@My\u00a0Bot\u2005hi'), 'name'],
    ['and half of such a name is none', called('My Bot', '@My hi'), undefined],
    ['nor is it without its space', called('My Bot', '@MyBot hi'), undefined],
    ['case does not matter', called('My Bot', '@my bot hi'), 'name'],
    [
      'signs that a regex would take for its own do not either',
      called('a.b*(c)[d]|e', '@a.b*(c)[d]|e hi'),
      'name',
    ],
    ['they stand for themselves only', called('a.b', '@axb hi'), undefined],
    ['the name without "@" is none', called('Bot', 'Bot hi'), undefined],
    ['nor is "@" without a name', called('', '@ hi'), undefined],
    ['a bot without a name is not called by every "@"', called(' \u200b', '@Bob hi'), undefined],
    ['the group alias counts as well', called('Bot', '@小助手 hi', { selfGroupAlias: '小助手' }), 'alias'],
    ['beside the name', called('Bot', '@Bot hi', { selfGroupAlias: '小助手' }), 'name'],
    [
      'zero-width marks in the text are removed',
      called('My Bot', '@\u200bMy\u200d \ufeffB\u2060ot\u200b hi'),
      'name',
    ],
    ['and direction marks', called('Bot', '\u202a@\u200eBot\u202c hi'), 'name'],
    ['and those in the name', called('\u200eBo\u200dt', '@Bot hi'), 'name'],
    ['a pattern matches anywhere, whatever the case', { text: 'Hey BOT!' }, 'pattern', ['nobody', 'hey bot']],
    ['also behind marks', { text: 'he\u200by bot' }, 'pattern', ['hey bot']],
    ['a pattern that does not match is none', { text: 'Hey you' }, undefined, ['hey bot']],
    ["a message that quotes the bot's own passes", { quotesBot: true }, 'quote'],
    ['@all is no mention', called('all', '@all hi'), undefined],
    ['@All is none', called('Bot', '@All hi', { selfGroupAlias: 'All' }), undefined],
    ['@所有人 is none', called('所有人', '@所有人 开会'), undefined],
    [
      'even where the backend then lists everybody',
      { text: '@所有人\u2005开会', mentionIds: [botId, 'o9Bob'] },
      undefined,
    ],
    ['unless the bot is called besides', { text: '@所有人 @My Bot 开会', mentionIds: [botId] }, 'name'],
    [
      'a name that only begins so is a name',
      called('所有人事助手', '@所有人事助手 你好', { mentionIds: [botId] }),
      'native',
    ],
    [
      'a name beyond all measure is not looked for',
      called('x'.repeat(101), `@${'x'.repeat(101)} hi`),
      undefined,
    ],
  ])('%s', (_sentence, message, by, sources = []) => {
    expect(findMention(groupMessage(message), patterns(...sources))?.by).toBe(by)
  })

  it('tells what it found', () => {
    expect(findMention(groupMessage({ text: '@my bot' }), patterns())).toEqual({
      by: 'name',
      found: 'My Bot',
    })
    expect(findMention(groupMessage(), patterns('hel+o'))).toEqual({ by: 'pattern', found: 'hel+o' })
  })

  it(`tries patterns on the first ${maxPatternTextLength} units only`, () => {
    const padding = 'x'.repeat(maxPatternTextLength)
    expect(findMention(groupMessage({ text: `bot ${padding}` }), patterns('bot'))?.by).toBe('pattern')
    expect(findMention(groupMessage({ text: `${padding} bot` }), patterns('bot'))).toBeUndefined()
    expect(findMention(groupMessage({ text: `${padding} @My Bot` }), patterns())?.by).toBe('name')
  })

  it('finds any name, wherever it stands and however it is marked', () => {
    const mark = fc.constantFrom('', '\u200b', '\u200e', '\ufeff', '\u2060')
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => /[\p{L}\p{N}]/u.test(text))
    const end = fc.constantFrom('', ' hi', '\u2005hi', '，在吗', '\nhi', '!')
    fc.assert(
      fc.property(name, fc.string(), mark, end, (selfName, before, between, after) => {
        fc.pre(!/^\s*(?:all|所有人)\s*$/iu.test(selfName))
        const marked = [...selfName.trim()].join(between)
        const mention = findMention(
          groupMessage({ selfName, text: `${before}@${between}${marked}${between}${after}` }),
          patterns(),
        )
        expect(mention?.by).toBe('name')
      }),
    )
  })
})

describe('what the agent sees', () => {
  const bot = { selfName: 'Bot', selfGroupAlias: 'Bot Pro' }

  it.each([
    ['a message without the mention', '@Bot\u2005what time is it?', 'what time is it?'],
    ['without any of them', '@Bot hey @bot', 'hey'],
    ['without the alias, though it begins as the name does', '@Bot Pro hi', 'hi'],
    ['without the comma after it', '@Bot, hi', 'hi'],
    ['or the Chinese one', '@Bot，在吗', '在吗'],
    ['with the rest of a sentence', 'ask @Bot about it', 'ask about it'],
    ['without a marked one', '@\u200bB\u200bot hi', 'hi'],
    ['with the marks that hold an emoji together', '@Bot 👨‍👩‍👧', '👨‍👩‍👧'],
    ['with its lines', '@Bot\none\n  two', 'one\n  two'],
    ['nothing, where nothing else was said', '@Bot\u2005', ''],
    ['everything, where the bot is not called', ' @Bob hi ', ' @Bob hi '],
    ['everything without an "@"', ' Bot, hi ', ' Bot, hi '],
    ['what was said to everybody', '@所有人 开会', '@所有人 开会'],
  ])('%s', (_sentence, text, seen) => {
    expect(stripMention(text, bot, patterns())).toBe(seen)
  })

  it('is without what a pattern matched if that begins with "@", and keeps its words otherwise', () => {
    expect(stripMention('hey @helper, hi @Helper', bot, patterns('@?helper'))).toBe('hey , hi')
    expect(stripMention('helper, hi', bot, patterns('@?helper'))).toBe('helper, hi')
    expect(stripMention('mail a@b about bots', bot, patterns('bots'))).toBe('mail a@b about bots')
  })

  it('is never longer than the message', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('@', 'B', 'o', 't', ' ', ',', '\u200b') }), (text) => {
        expect(stripMention(text, bot, patterns('@o+')).length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})

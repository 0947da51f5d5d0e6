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

describe('findMention', () => {
  it.each<Row>([
    ['finds the bot in the native list', { mentionIds: ['o9Bob', botId] }, 'native'],
    ['does not find the bot in a native list of others', { mentionIds: ['o9Bob'] }, undefined],
    ['does not find the bot in an empty native list', { mentionIds: [] }, undefined],
    ['compares ids case-sensitively', { mentionIds: [botId.toUpperCase()] }, undefined],
    ['finds a bot with an unknown id in no list', { mentionIds: [''], selfId: '' }, undefined],
    [
      'searches the text if the native list does not contain the bot',
      { mentionIds: ['o9Bob'], text: '@My Bot hi' },
      'name',
    ],
    ['searches the text if the native list is empty', { mentionIds: [], text: '@My Bot hi' }, 'name'],
    ['finds the name before U+2005', called('Bot', '@Bot\u2005hi'), 'name'],
    ['finds the name before a space', called('Bot', '@Bot hi'), 'name'],
    ['finds the name before a line break', called('Bot', '@Bot\nhi'), 'name'],
    ['finds the name before an ideographic space', called('Bot', '@Bot\u3000hi'), 'name'],
    ['finds the name at the end', called('Bot', 'hi @Bot'), 'name'],
    ['finds the name before ASCII punctuation', called('Bot', '@Bot, hi'), 'name'],
    ['finds the name before a tilde', called('小助手', '@小助手～'), 'name'],
    ['finds the name before Chinese punctuation', called('小助手', '@小助手，在吗'), 'name'],
    [
      'finds the name in the middle of Chinese text, which has no spaces',
      called('小助手', '你好@小助手 在吗'),
      'name',
    ],
    [
      'does not find the name before a letter, which makes another name',
      called('Bot', '@Botany is fun'),
      undefined,
    ],
    ['does not find the name before a digit', called('Bot', '@Bot2 hi'), undefined],
    ['does not find the name before a Chinese character', called('小助手', '@小助手二号 在吗'), undefined],
    [
      'does not find the name before an emoji, because names contain them',
      called('Bot', '@Bot😀 hi'),
      undefined,
    ],
    ['finds a mention after the mention of another name', called('Bot', '@Botany @Bot hi'), 'name'],
    ['finds a name with spaces', called('My Bot', '@My Bot hi'), 'name'],
    ['treats every kind of space alike', called('My  Bot', '@My\u00a0Bot\u2005hi'), 'name'],
    ['does not find half of a name with spaces', called('My Bot', '@My hi'), undefined],
    ['does not find a name with a missing space', called('My Bot', '@MyBot hi'), undefined],
    ['ignores the case of a name', called('My Bot', '@my bot hi'), 'name'],
    ['finds a name with regular expression characters', called('a.b*(c)[d]|e', '@a.b*(c)[d]|e hi'), 'name'],
    ['matches regular expression characters literally', called('a.b', '@axb hi'), undefined],
    ['does not find the name without "@"', called('Bot', 'Bot hi'), undefined],
    ['does not find "@" without a name', called('', '@ hi'), undefined],
    ['does not find a bot without a name at every "@"', called(' \u200b', '@Bob hi'), undefined],
    ['finds the group alias', called('Bot', '@小助手 hi', { selfGroupAlias: '小助手' }), 'alias'],
    [
      'finds the name if there is a group alias',
      called('Bot', '@Bot hi', { selfGroupAlias: '小助手' }),
      'name',
    ],
    [
      'ignores zero-width marks in the text',
      called('My Bot', '@\u200bMy\u200d \ufeffB\u2060ot\u200b hi'),
      'name',
    ],
    ['ignores direction marks in the text', called('Bot', '\u202a@\u200eBot\u202c hi'), 'name'],
    ['ignores marks in the name', called('\u200eBo\u200dt', '@Bot hi'), 'name'],
    ['matches a pattern anywhere, ignoring case', { text: 'Hey BOT!' }, 'pattern', ['no match', 'hey bot']],
    ['ignores marks for patterns', { text: 'he\u200by bot' }, 'pattern', ['hey bot']],
    ['does not find a pattern that does not match', { text: 'Hey you' }, undefined, ['hey bot']],
    ['finds a quote of the bot', { quotesBot: true }, 'quote'],
    ['does not treat @all as a mention', called('all', '@all hi'), undefined],
    ['does not treat @All as a mention', called('Bot', '@All hi', { selfGroupAlias: 'All' }), undefined],
    ['does not treat @所有人 as a mention', called('所有人', '@所有人 开会'), undefined],
    [
      'does not treat @所有人 as a mention if the backend lists every member',
      { text: '@所有人\u2005开会', mentionIds: [botId, 'o9Bob'] },
      undefined,
    ],
    [
      'finds the name of the bot after @所有人',
      { text: '@所有人 @My Bot 开会', mentionIds: [botId, 'o9Bob'] },
      'name',
    ],
    [
      'treats a list of the bot alone as a mention, whatever "@all" means in the text',
      { text: '@Helper why does "@all" not work?', mentionIds: [botId] },
      'native',
    ],
    [
      'takes the bot twice in the list for the bot alone',
      { text: '@all', mentionIds: [botId, botId] },
      'native',
    ],
    ['does not treat a list of others as a mention', { text: 'hi', mentionIds: ['o9Bob'] }, undefined],
    [
      'finds a name that begins with 所有人',
      called('所有人事助手', '@所有人事助手 你好', { mentionIds: [botId] }),
      'native',
    ],
    [
      'does not search for an extremely long name',
      called('x'.repeat(101), `@${'x'.repeat(101)} hi`),
      undefined,
    ],
  ])('%s', (_sentence, message, by, sources = []) => {
    expect(findMention(groupMessage(message), patterns(...sources))?.by).toBe(by)
  })

  it('reports what it found', () => {
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

  it('finds any name at any place and with any marks', () => {
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

describe('the text for the agent', () => {
  const bot = { selfName: 'Bot', selfGroupAlias: 'Bot Pro' }

  it.each([
    ['is the message without the mention', '@Bot\u2005what time is it?', 'what time is it?'],
    ['is the message without any of its mentions', '@Bot hey @bot', 'hey'],
    ['is the message without the alias that begins with the name', '@Bot Pro hi', 'hi'],
    ['is the message without the comma after the mention', '@Bot, hi', 'hi'],
    ['is the message without the Chinese comma after the mention', '@Bot，在吗', '在吗'],
    ['keeps the rest of a sentence', 'ask @Bot about it', 'ask about it'],
    ['is the message without a mention that contains marks', '@\u200bB\u200bot hi', 'hi'],
    ['keeps the marks that join an emoji', '@Bot 👨‍👩‍👧', '👨‍👩‍👧'],
    ['keeps the lines', '@Bot\none\n  two', 'one\n  two'],
    ['is empty if the message is only a mention', '@Bot\u2005', ''],
    ['is the whole message if the bot is not mentioned', ' @Bob hi ', ' @Bob hi '],
    ['is the whole message without an "@"', ' Bot, hi ', ' Bot, hi '],
    ['is the whole message if it addresses every member', '@所有人 开会', '@所有人 开会'],
  ])('%s', (_sentence, text, seen) => {
    expect(stripMention(text, bot, patterns())).toBe(seen)
  })

  it('is without the match of a pattern if that begins with "@", and keeps other matches', () => {
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

import { expect, test } from 'vitest'
import { speechIn } from '../language/speech-in.ts'
import { ConfigError } from './config-error.ts'
import { parseConfig } from './parse.ts'

const { translate } = await speechIn('zh')

/** `line:column message` of the first problem. */
function flaw(text: string): { at: string; english: string; chinese: string } | undefined {
  try {
    parseConfig(text, 'c.json5')
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { line, column, message } = error.problems[0] ?? expect.fail()
    return {
      at: `${line}:${column}`,
      english: message.replace('not valid JSON5: ', ''),
      chinese: translate(message).replace('不是有效的 JSON5：', ''),
    }
  }
}

const comma = ['a comma is missing here', '这里缺一个逗号'] as const
const colon = ['a colon is missing here', '这里缺一个冒号'] as const
const end = [
  'the file ends too early; a closing brace, bracket or quote is missing',
  '文件没写完就结束了；缺少右括号或引号',
] as const
const quote = [
  'the string that begins here does not end on its line; its closing quote is missing',
  '从这里开始的字符串没有在本行结束；缺少右引号',
] as const
const character = (found: string, meant: string) =>
  [
    `the character ${found} is not the one that JSON5 uses; write ${meant} with an English keyboard`,
    `JSON5 不用字符 ${found}；请切换到英文输入法，写成 ${meant}`,
  ] as const
const unexpected = (token: string) => [`unexpected ${token} found.`, `多余的 ${token}`] as const

test.each([
  ['{ a: 1 b: 2 }', '1:7', comma],
  ['{\n  a: 1\n  b: 2\n}', '2:7', comma],
  ['{ a: "x" "b": 2 }', '1:9', comma],
  ['{ a: {} b: 1 }', '1:8', comma],
  ['{ a: [1] "b": 1 }', '1:9', comma],
  ['[1 2]', '1:3', comma],
  ['[{} {}]', '1:4', comma],
  ['{ a: true // yes\n b: 1 }', '1:10', comma],
  ['{ a: 1 b', '1:7', comma],
  ['{ a 1 }', '1:4', colon],
  ['{ a: 1, "b" {} }', '1:12', colon],
  ['', '1:1', ['the file is empty; a configuration is at least {}', '文件是空的；配置文件至少要写 {}']],
  ['// nothing\n', '1:11', end],
  ['{', '1:2', end],
  ['{\n', '1:2', end],
  ['[', '1:2', end],
  ['{ a: ', '1:5', end],
  ['{ a: {', '1:7', end],
  ['{ a: 1', '1:7', end],
  ['{ a: [1,2', '1:10', end],
  ['{\n  a: {\n    b: 1,\n', '3:10', end],
  ['{ a: "x', '1:8', end],
  ['{ a: 1 /* x', '1:12', end],
  ['{\n  a: "x,\n  b: "y",\n}', '2:6', quote],
  ['{“a”: 1}', '1:2', character('“', '"')],
  ['{ a: ‘x’ }', '1:6', character('‘', "'")],
  ['{\n  a： 1 }', '2:4', character('：', ':')],
  ['{ a: 1， b: 2 }', '1:7', character('，', ',')],
  ['{ a: [1、 2] }', '1:8', character('、', ',')],
  ['｛ a: 1 ｝', '1:1', character('｛', '{')],
  ['{ a: 1 ｝', '1:8', character('｝', '}')],
  ['{ a: 【1】 }', '1:6', character('【', '[')],
  ['{ a: ＂x＂ }', '1:6', character('＂', '"')],
  ['{ a: 1 }\n／／ end', '2:1', character('／', '/')],
  ['{ a: }', '1:6', unexpected('"}"')],
  ['{ a: 1 }\n}', '2:1', unexpected('"}"')],
  ['{ a: [1, 2 }', '1:12', unexpected('"}"')],
  ['{ a, b: 1 }', '1:4', unexpected('","')],
  ['{ a: yes }', '1:6', unexpected('word')],
  ['{ a: ; }', '1:6', unexpected("character ';'")],
  ['{ a: （1） }', '1:6', unexpected("character '（'")],
])('%j: says at %s what is wrong, in both languages', (text, at, [english, chinese]) => {
  expect(flaw(text)).toEqual({ at, english, chinese })
})

test('full-width punctuation is fine in strings and comments', () => {
  expect(flaw('{ a: "“你好”，｛｝：", /* ， */ b: 1 } // ：')).toBeUndefined()
})

test.each([
  [String.raw`{ a: "C:\users\me" }`, 'u'],
  [String.raw`{ a: 'C:\x' }`, 'x'],
  [String.raw`{ a: "C:\xyz", b: 1 }`, 'x'],
  [String.raw`{ a: "\u12" }`, 'u'],
])('%s has an escape that is not whole', (text, letter) => {
  expect(flaw(text)?.english).toContain(`the backslash before "${letter}" begins an escape in JSON5`)
  expect(flaw(text)?.chinese).toContain(`“${letter}”前面的反斜杠`)
})

test.each(['{ a: "\\', "{ a: '\\", '{ a: "C:\\u', '{ a: "C:\\', '{ a: 1 "\\'])(
  '%s, which breaks off, is refused',
  (text) => {
    expect(flaw(text)).toBeDefined()
  },
)

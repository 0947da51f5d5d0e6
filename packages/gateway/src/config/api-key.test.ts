import { expect, it } from 'vitest'
import { apiKeyProblem } from './api-key.ts'

it.each([
  'sk-xxx',
  'sk-xxxxxxxxxxxxxxxx',
  'xxxx',
  'sk-...',
  'sk-****',
  'YOUR_API_KEY',
  'your-api-key-here',
  'sk-your-key',
  '<API key>',
  'changeme',
])('%j is a placeholder', (key) => {
  expect(apiKeyProblem(key)).toContain('placeholder')
})

it.each([
  ['你的API密钥', '"你" U+4F60 at position 1'],
  ['sk-abc：def1234567', '"：" U+FF1A at position 7'],
  ['sk-abc def', 'U+0020 at position 7'],
  ['Bearer sk-abc', 'U+0020 at position 7'],
  ['sk-abc\n', 'U+000A at position 7'],
  ['sk-abc\u200b', 'U+200B at position 7'],
  ['“sk-abc”', '"“" U+201C at position 1'],
])('%j has a character that no key has', (key, where) => {
  expect(apiKeyProblem(key)).toContain(where)
})

it.each(['sk-proj-Abc_123-xyz', 'sk-loop-0123456789', 'ollama', 'EMPTY', 'none', 'AIzaSyA-x_1', 'a.b/c+d=='])(
  '%j may be a key',
  (key) => expect(apiKeyProblem(key)).toBeUndefined(),
)

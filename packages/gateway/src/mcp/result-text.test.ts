import { expect, it } from 'vitest'
import { textOfResult } from './result-text.ts'

const data = Buffer.from('bytes').toString('base64')

it.each([
  ['an image', { type: 'image', data, mimeType: 'image/png' }, 'image/png image.png bytes'],
  ['sound', { type: 'audio', data, mimeType: 'audio/wav' }, 'audio/wav audio.wav bytes'],
  [
    'a resource',
    {
      type: 'resource',
      resource: { uri: 'file:///tmp/report.pdf?x', blob: data, mimeType: 'application/pdf' },
    },
    'application/pdf report.pdf bytes',
  ],
  [
    'a resource without type or name',
    { type: 'resource', resource: { uri: 'x:/', blob: data } },
    'application/octet-stream x: bytes',
  ],
  ['a text resource', { type: 'resource', resource: { uri: 'x:/a', text: 'words' } }, 'words'],
  [
    'a resource without content',
    { type: 'resource', resource: { uri: 'x:/a' } },
    '(application/octet-stream at x:/a)',
  ],
  ['a link', { type: 'resource_link', uri: 'x:/a', description: 'an a' }, 'x:/a: an a'],
  ['something unknown', { type: 'hologram' }, '{"type":"hologram"}'],
])('%s becomes a file of the turn, or text', async (_what, part, expected) => {
  const result = { content: [{ type: 'text', text: 'before' }, part] }
  const text = await textOfResult(
    result,
    async ({ mimeType, name, bytes }) => `${mimeType} ${name} ${Buffer.from(bytes)}`,
  )
  expect(text).toBe(`before\n${expected}`)
})

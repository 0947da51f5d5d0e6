import { expect, it } from 'vitest'
import { bundlePage } from './bundle.ts'

const maxScriptBytes = 120 * 1024

it('makes one page of small files, which load nothing from elsewhere', async () => {
  const files = await bundlePage()
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(['/index.html', '/app.js', '/style.css', '/icon.svg']),
  )
  const scripts = [...files].filter(([address]) => address.endsWith('.js'))
  const bytes = scripts.reduce((sum, [, { content }]) => sum + content.length, 0)
  expect(bytes).toBeLessThanOrEqual(maxScriptBytes)
  for (const [address, { content, type }] of files) {
    expect(type, address).toMatch(/^(?:text\/(?:html|javascript|css)|image\/svg\+xml); charset=utf-8$/)
    const text = Buffer.from(content).toString()
    const addresses = text.match(/https?:\/\/[^"'`\s\\)]+/g) ?? []
    expect(
      addresses.filter((one) => !isName(one)),
      address,
    ).toEqual([])
    expect(text, address).not.toMatch(/\beval\(|new Function/)
  }
})

/** Names of XML vocabularies, and examples in messages: none is ever asked. */
function isName(address: string): boolean {
  return /^http:\/\/www\.w3\.org\/|^https?:\/\/(?:127\.0\.0\.1|example)|^https?:\/\/$/.test(address)
}

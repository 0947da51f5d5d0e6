import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** Libraries that only the late modules need. */
const heavy = ['jimp', 'wechaty-puppet-service', 'open-graph']

/** In a process of its own: what this one has loaded would be found again. */
function inProcess(script: string): unknown {
  const start = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
    const heavy = () => ${JSON.stringify(heavy)}.filter((name) => loaded.some((url) => url.includes('/node_modules/' + name + '/')))
    const { loadModulesLate } = await import('./late-modules.ts')
    loadModulesLate()
    loadModulesLate()`
  const args = ['--conditions=@moltbot/source', '--input-type=module', '--eval', start + script]
  const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const
  return JSON.parse(execFileSync(process.execPath, args, options))
}

it('WeChaty is loaded without them, with the same exports', () => {
  const found = inProcess(`
    const { IoClient, WechatyBuilder } = await import('wechaty')
    console.log(JSON.stringify([typeof IoClient, typeof WechatyBuilder, heavy()]))`)
  expect(found).toEqual(['function', 'function', []])
})

it('a QR code in a file can still be drawn and read', () => {
  const found = inProcess(`
    const { FileBox } = await import('file-box')
    const before = heavy()
    const image = await FileBox.fromQRCode('https://example.org/').toBuffer()
    const value = await FileBox.fromBuffer(image, 'qr.png').toQRCode()
    console.log(JSON.stringify([before, value, heavy()]))`)
  expect(found).toEqual([[], 'https://example.org/', ['jimp']])
})

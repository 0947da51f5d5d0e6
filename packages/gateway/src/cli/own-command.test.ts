import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { ownCommand, withOwnCommand } from './own-command.ts'

function clone() {
  const root = scratch()
  const bin = join(root, 'packages', 'gateway', 'bin', 'moltbot.js')
  const links = join(root, 'node_modules', '.bin')
  mkdirSync(join(bin, '..'), { recursive: true })
  mkdirSync(links, { recursive: true })
  writeFileSync(bin, '')
  symlinkSync(bin, join(links, 'moltbot'))
  return { root, bin, links }
}

describe('how moltbot is called here', () => {
  it('is its name where the PATH leads to it', () => {
    const { bin, links } = clone()
    const env = { PATH: [scratch(), links].join(delimiter) }
    expect(ownCommand({ env, bin, cwd: '/' })).toBe('moltbot')
  })

  it('is npx inside the project, below its top too, whichever of its links was started', () => {
    const { root, bin, links } = clone()
    for (const started of [bin, join(links, 'moltbot')]) {
      expect(ownCommand({ env: { PATH: '' }, bin: started, cwd: join(root, 'packages') })).toBe('npx moltbot')
    }
  })

  it('is npx under npm, which puts its own folder before the PATH', () => {
    const { root, bin, links } = clone()
    const env = { PATH: links, npm_execpath: '/usr/lib/npm-cli.js' }
    expect(ownCommand({ env, bin, cwd: root })).toBe('npx moltbot')
  })

  it('is the file elsewhere, where npx would fetch another package', () => {
    const { bin } = clone()
    expect(ownCommand({ env: { PATH: '' }, bin, cwd: scratch() })).toBe(bin)
  })

  it('is the file where another program has the name', () => {
    const { bin } = clone()
    const other = clone()
    expect(ownCommand({ env: { PATH: other.links }, bin, cwd: other.root })).toBe(bin)
  })
})

describe('a text', () => {
  it('names commands as they are typed here', () => {
    const text = 'run: moltbot pairing list, npx moltbot gateway run, or moltbot dashboard'
    expect(withOwnCommand(text, '/a/moltbot.js')).toBe(
      'run: /a/moltbot.js pairing list, /a/moltbot.js gateway run, or /a/moltbot.js dashboard',
    )
  })

  it.each(['doctor', 'setup', 'logs --follow', 'state check'])('names the command %s, too', (command) => {
    expect(withOwnCommand(`run: moltbot ${command}`, 'npx moltbot')).toBe(`run: npx moltbot ${command}`)
  })

  it.each(['moltbot 0.1.0 is running', '/opt/moltbot gateway run', 'the moltbot configuration'])(
    'keeps %j, which is no command',
    (text) => {
      expect(withOwnCommand(text, 'npx moltbot')).toBe(text)
    },
  )
})

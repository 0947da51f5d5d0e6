import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackendInfo, ChannelPlugin } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import fakePlugin from '../../test/fake-extension/src/index.ts'
import { scratch } from '../../test/scratch.ts'
import { englishSpeech } from '../language/speech.ts'
import { configFolder, listPuppets } from './puppet-commands.ts'
import { outputIn } from './show.ts'

const plain: ChannelPlugin = fakePlugin

const known: BackendInfo = {
  name: 'wechaty-puppet-a',
  shortName: 'a',
  groups: 'yes',
  media: 'no',
  typing: 'unknown',
  ids: 'stable',
  banRisk: 'none',
  summary: 'The first one.',
  warning: 'It may bite; use b instead.',
  installed: { version: '1.2.3', folder: '/opt/a' },
}
const {
  shortName: _,
  warning: __,
  installed: ___,
  ...missing
}: BackendInfo = {
  ...known,
  name: 'wechaty-puppet-longer',
  summary: 'The\u001b[31m second one.',
}

async function list(plugins: readonly ChannelPlugin[], options: { json?: true } = {}): Promise<string> {
  const written: string[] = []
  await listPuppets(
    plugins,
    '/home/ann',
    options,
    outputIn(englishSpeech, 'moltbot', (text) => void written.push(text)),
  )
  return written.join('')
}

it('shows a table, then what each is and where it lies', async () => {
  const plugin = { ...plain, backends: async () => [known, missing] }
  expect(await list([plain, plugin])).toBe(
    [
      'PUPPET                 GROUPS  MEDIA  TYPING  IDS     BAN RISK  INSTALLED',
      'a                      yes     no     ?       stable  none      1.2.3',
      'wechaty-puppet-longer  yes     no     ?       stable  none      no',
      '',
      'a (wechaty-puppet-a): The first one.',
      '  warning: It may bite; use b instead.',
      '  /opt/a',
      'wechaty-puppet-longer: The [31m second one.',
      '',
    ].join('\n'),
  )
})

it('gives scripts the whole of it', async () => {
  const asked: string[] = []
  const backends = async (fromDir: string) => {
    asked.push(fromDir)
    return [known]
  }
  expect(JSON.parse(await list([{ ...plain, backends }], { json: true }))).toEqual([known])
  expect(asked).toEqual(['/home/ann'])
})

it('looks beside the configuration, and where it was called when there is none', () => {
  const home = scratch()
  expect(configFolder({ env: { HOME: home } })).toBe(process.cwd())
  mkdirSync(join(home, '.moltbot'))
  writeFileSync(join(home, '.moltbot', 'config.json5'), '{}')
  expect(configFolder({ env: { HOME: home } })).toBe(join(home, '.moltbot'))
  expect(() => configFolder({ env: { HOME: home, MOLTBOT_CONFIG_PATH: join(home, 'gone') } })).toThrow('gone')
})

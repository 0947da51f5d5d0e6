/**
 * `setup`: asks what a gateway needs, writes its configuration, and offers to go on.
 */

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ChannelPlugin, MoltbotError } from '@moltbot/channel-sdk'
import { readDotEnv } from '../config/dotenv.ts'
import { configPlace } from '../config/find.ts'
import { english } from '../language/speech.ts'
import { useProxies } from '../network/outgoing.ts'
import { proxiesOf } from '../network/proxy.ts'
import { configText } from '../setup/config-text.ts'
import { gatherAnswers, type SetupFlags } from '../setup/gather.ts'
import { type Prompter, terminalPrompter } from '../setup/prompter.ts'
import { type Written, writeSetup } from '../setup/write.ts'
import { columns } from './columns.ts'
import { type Output, print } from './show.ts'

export interface SetupOptions extends SetupFlags {
  readonly config?: string
  /** An earlier configuration is moved aside without a question. */
  readonly force?: true
}

export interface SetupDeps {
  readonly env: NodeJS.ProcessEnv
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  /** Whether a person can answer. */
  readonly isTerminal: boolean
  /** Runs the gateway here until it ends. */
  readonly run: (config: string) => Promise<never>
  /** Installs a service. */
  readonly install: (config: string) => Promise<undefined>
}

/** @throws `usage`, `config-exists`, `cancelled`, and what a key or model is refused with */
export async function setUp(options: SetupOptions, deps: SetupDeps, output: Output): Promise<undefined> {
  const { env, isTerminal } = deps
  const { say } = output
  const path = configPlace({ env, ...(options.config !== undefined && { path: options.config }) })
  const prompter = isTerminal ? await terminalPrompter(textsIn(output)) : undefined
  await allowReplacing(path, options, prompter, output)
  const plugins = await deps.plugins()
  const plugin = plugins.find(({ backends }) => backends !== undefined) ?? plugins[0]
  if (plugin === undefined) throw new MoltbotError('no-channel', english('no channel is installed'))
  const { env: withDotEnv } = await readDotEnv(path, env)
  const { env: stored } = await readDotEnv(path, {})
  useProxies(proxiesOf({ proxy: undefined, ilink: false, noProxy: undefined }, withDotEnv))
  const { signal } = new AbortController()
  const world = { prompter, speech: output, plugin, folder: dirname(path), env: withDotEnv, stored, signal }
  const answers = await gatherAnswers(options, world)
  const text = configText(answers, output)
  const written = await writeSetup({
    config: path,
    text,
    variables: answers.variables,
    env: withDotEnv,
    plugins,
  })
  print(output, ...writtenLines(written, output))
  const next = await prompter?.select(say('What next?'), [
    { value: 'run', label: say('start the gateway here and show the QR code') },
    { value: 'service', label: say('keep it running as a service') },
    { value: 'nothing', label: say('nothing now') },
  ])
  if (next === 'run') return deps.run(path)
  if (next === 'service') return deps.install(path)
  print(output, ...nextLines(written, env, output))
  return undefined
}

function textsIn({ say, width }: Output) {
  return {
    width,
    yes: say('yes'),
    no: say('no'),
    typeToFind: say('type to find'),
    nothingWritten: say('Nothing was written.'),
  }
}

async function allowReplacing(
  path: string,
  { force }: SetupOptions,
  prompter: Prompter | undefined,
  { say }: Output,
): Promise<void> {
  if (!existsSync(path) || force) return
  if (prompter === undefined)
    throw new MoltbotError(
      'config-exists',
      english('{path} exists already; --force moves it aside', { path }),
    )
  const question = say('{path} exists already. Move it aside and write a new one?', { path })
  if (!(await prompter.confirm(question, false)))
    throw new MoltbotError('cancelled', english('Nothing was written.'))
}

function writtenLines({ config, envFile, earlier }: Written, { say }: Output): string[] {
  return [
    ...(earlier === undefined ? [] : [say('The earlier configuration is now {path}.', { path: earlier })]),
    say('Written: {path}', { path: config }),
    ...(envFile === undefined
      ? []
      : [say('The key is in {path}, which only you can read.', { path: envFile })]),
  ]
}

function nextLines({ config }: Written, env: NodeJS.ProcessEnv, { say }: Output): string[] {
  const isUsual = configPlace({ env }) === config
  const run = isUsual
    ? say('moltbot gateway run')
    : say('moltbot gateway run --config {path}', { path: config })
  return [
    say('Next:'),
    ...columns([
      [`  ${run}`, say('starts it and shows the QR code to scan with WeChat')],
      [`  ${say('moltbot doctor')}`, say('looks for what is wrong')],
    ]),
  ]
}

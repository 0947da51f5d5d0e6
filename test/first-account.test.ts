/**
 * A newcomer's first account on the real command, in both languages: everything that is printed, compared with a stored
 * transcript, so that a change of what people read shows in review. `npx vitest run test/first-account.test.ts -u` writes
 * the transcripts again.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { type RunningProcess, startNode, until } from './support/process.ts'

const bin = 'packages/gateway/bin/moltbot.js'
const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'
/** For a machine that does much else. */
const patienceMs = 60_000
/** Its length decides where lines are folded. */
const parent = process.platform === 'win32' ? tmpdir() : '/tmp'

it.concurrent.for([
  ['en', 'en_US.UTF-8'],
  ['zh', 'zh_CN.UTF-8'],
] as const)('reads well in %s', { timeout: 5 * patienceMs }, async ([language, locale], { expect }) => {
  const [backend, model] = await Promise.all([startBackend(), startModelServer()])
  const newcomer = new Newcomer(locale)
  try {
    await setUp(newcomer, backend, model)
    const gateway = newcomer.start('gateway', 'run', '--port', '0')
    await newcomer.sees(gateway, /bot_type=3/)
    await newcomer.types('gateway', 'run', '--port', '0')
    await newcomer.types('gateway', 'status')
    const { botId } = await logIn(newcomer, backend, '4711')
    await meetStranger(newcomer, backend, gateway, botId)
    await newcomer.types('channels', 'explain', '--dm', owner, '--text', 'hello')
    await newcomer.types('channels', 'send', '--to', 'o9Nobody@im.wechat', '--text', 'hello')
    await newcomer.types('gateway', 'status')
    await loseModel(newcomer, backend, model, gateway, botId)
    await newcomer.types('channels', 'logout')
    await newcomer.types('channels', 'status')
    await logIn(newcomer, backend)
    await newcomer.types('gateway', 'stop')
    await gateway.exited
    newcomer.notes('what gateway run printed', gateway)
    await expect(newcomer.transcript()).toMatchFileSnapshot(`transcripts/first-account.${language}.txt`)
  } finally {
    await newcomer.leave()
    await Promise.all([backend.close(), model.close()])
  }
})

/** Everything before the gateway runs, with the usual slips. */
async function setUp(newcomer: Newcomer, backend: Backend, { baseUrl }: ModelServer): Promise<void> {
  await newcomer.types('config', 'validate')
  const config = JSON.stringify(
    {
      agents: { defaults: { model: { primary: 'deepseek/deepseek-chat' } } },
      models: {
        providers: {
          deepseek: {
            baseUrl,
            apiKey: `\${DEEPSEEK_API_KEY}`,
            api: 'openai-completions',
            models: ['deepseek-chat'],
          },
        },
      },
      channels: { wechat: { puppet: 'ilink', puppetOptions: backend.puppetOptions } },
    },
    undefined,
    2,
  )
  newcomer.writes(
    'config.json5',
    config.replace('"channels"', '"chanels"').replace('"models": {', '"models": ｛'),
  )
  await newcomer.types('config', 'validate')
  newcomer.writes('config.json5', config.replace('"channels"', '"chanels"'))
  await newcomer.types('config', 'validate')
  newcomer.writes('config.json5', config)
  newcomer.writes('.env', 'DEEPSEEK_API_KEY=sk-0123456789abcdef\n')
  await newcomer.types('config', 'validate')
  await newcomer.types('gateway', 'status')
}

/** @param digits that the phone shows, if it wants them */
async function logIn(newcomer: Newcomer, { control }: Backend, digits?: string) {
  const login = newcomer.start('channels', 'login')
  const [, qrcode = ''] = await newcomer.sees(login, /qrcode=(\w+)/)
  if (digits !== undefined) {
    await control.requireCode(qrcode, digits)
    await newcomer.sees(login, /[:：] $/)
    login.type('twelve\n')
    await newcomer.sees(login, /1234.*[:：] $/s)
    login.type('12\n')
    await newcomer.sees(login, /1234.*default.*[:：] $/s)
    login.type(`${digits}\n`)
    await newcomer.sees(login, /1234.*(?:default.*){2}/s)
  } else await control.scan(qrcode)
  const account = await control.confirm(qrcode, { userId: owner })
  await login.exited
  newcomer.notes('$ moltbot channels login', login)
  return account
}

async function meetStranger(
  newcomer: Newcomer,
  backend: Backend,
  gateway: RunningProcess,
  botId: string,
): Promise<void> {
  await backend.control.inbound({ botId, text: 'hello' })
  await newcomer.sees(gateway, /Turn answered/)
  await backend.control.inbound({ botId, from: stranger, text: '你好，我是小王' })
  const [, code = ''] = await until(
    async () => {
      const texts = await backend.replies(botId)
      return texts.map((text) => /(?:code is|配对码是) (\w{8})/.exec(text)).find((found) => found !== null)
    },
    undefined,
    patienceMs,
  )
  await newcomer.types('pairing', 'list')
  await newcomer.types('pairing', 'approve', 'NOTACODE')
  await newcomer.types('pairing', 'approve', code)
  await newcomer.types('pairing', 'list')
}

async function loseModel(
  newcomer: Newcomer,
  { control }: Backend,
  model: ModelServer,
  gateway: RunningProcess,
  botId: string,
): Promise<void> {
  model.fail({ status: 401, message: 'Authentication Fails, your api key is invalid' })
  for (const count of [1, 2, 3]) {
    await control.inbound({ botId, text: 'are you there?' })
    await newcomer.sees(gateway, new RegExp(`(?:Turn failed.*){${count}}`, 's'))
  }
  await newcomer.types('gateway', 'status')
  model.recover()
  await control.inbound({ botId, text: 'and now?' })
  await newcomer.sees(gateway, /(?:Turn answered.*){2}/s)
}

/** A person with a home folder and a terminal of their own. */
class Newcomer {
  readonly #home = mkdtempSync(join(parent, 'moltbot-home-'))
  readonly #env: NodeJS.ProcessEnv
  readonly #parts: string[] = []
  readonly #running: RunningProcess[] = []

  constructor(locale: string) {
    const stateDir = join(this.#home, '.moltbot')
    const PATH = ['/usr/bin', '/bin'].join(':')
    this.#env = { HOME: this.#home, PATH, LC_ALL: locale, TZ: 'Asia/Shanghai', MOLTBOT_STATE_DIR: stateDir }
  }

  writes(file: string, text: string): void {
    writeFileSync(join(this.#home, file), text, { mode: 0o600 })
  }

  /** The log is not folded, for the process ids in it are not equally long. */
  start(...args: string[]): RunningProcess {
    const config = join(this.#home, 'config.json5')
    const width = args[1] === 'run' ? {} : { COLUMNS: '80' }
    const child = startNode(bin, args, { ...this.#env, ...width, MOLTBOT_CONFIG_PATH: config })
    this.#running.push(child)
    return child
  }

  /** Runs a command to its end. */
  async types(...args: string[]): Promise<void> {
    const child = this.start(...args)
    const code = await child.exited
    this.notes(`$ moltbot ${args.join(' ')}`, child)
    if (code !== 0) this.#parts.push(`(exit code ${code})\n`)
  }

  sees(child: RunningProcess, what: RegExp): Promise<RegExpExecArray> {
    const printed = () => `${child.stdout()}${child.stderr()}`
    return until(() => what.exec(printed()) ?? undefined, printed, patienceMs)
  }

  notes(title: string, child: RunningProcess): void {
    this.#parts.push(`${title}\n${child.stdout()}${child.stderr()}`)
  }

  transcript(): string {
    return withoutChanging(this.#parts.join('\n').replaceAll(this.#home, '/home/newcomer'))
  }

  async leave(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(this.#running.map(({ exited }) => exited))
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** What differs from run to run. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/(?:.*[▀▄█].*\n)+/g, '(QR code)\n'],
  [/.*(?:scanned; confirm|已扫码，请).*\n(?: {2}.*\n)*/g, ''], // A short while, which a look from outside may miss.
  [/\s*[^\s：]+\/(?=config\/config\.example)/g, '\n  /opt/moltbot/'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g, '2026-01-02 03:04:05 +08:00'],
  [/pid(=| )\d+/g, 'pid$11234'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:8080'],
  [/qrcode=\w+/g, 'qrcode=0123'],
  [/\b[0-9a-f]{12}(?=@im\.bot)/g, '0123456789ab'],
  [/\b[0-9a-f]{12}\b(?=[)）])/g, '0123456789ab'],
  [/\b[A-HJ-NP-Z2-9]{8}(?= {2}default)/g, 'ABCD2345'],
  [/(?<=approve )(?!NOTACODE)[A-HJ-NP-Z2-9]{8}$/gm, 'ABCD2345'],
]

function withoutChanging(text: string): string {
  return changing.reduce((rest, [pattern, shown]) => rest.replaceAll(pattern, shown), text)
}

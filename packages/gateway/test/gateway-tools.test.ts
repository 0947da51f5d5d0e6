import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReplyPiece, Turn } from '@moltbot/channel-sdk'
import {
  type ModelServer,
  type ModelServerOptions,
  probeChannel,
  startModelServer,
} from '@moltbot/channel-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { startGateway } from '../src/gateway.ts'
import type { Gateway } from '../src/gateway-types.ts'
import { createLog } from '../src/log/logger.ts'
import { toSettings } from '../src/settings.ts'

const odd = fileURLToPath(new URL('./mcp/odd-server.ts', import.meta.url))

const fromEnv = (name: string) => `\${${name}}`

let model: ModelServer
let gateway: Gateway | undefined
afterEach(async () => {
  await gateway?.stop()
  await model.close()
})

/** A gateway on a configuration file of its own, with a channel that gives its host away. */
async function start(config: object, reply?: ModelServerOptions['reply']) {
  model = await startModelServer(reply ? { reply } : {})
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'moltbot-tools-')))
  const path = join(folder, 'config.json5')
  mkdirSync(join(folder, 'files'))
  const write = (content: object) =>
    writeFileSync(
      path,
      JSON.stringify({
        gateway: { port: 0 },
        models: { providers: { test: { baseUrl: model.baseUrl } } },
        agents: { defaults: { model: 'test/m', workspace: './files' } },
        mcp: { servers: { odd: server } },
        channels: { probe: { accounts: { a: {} } } },
        ...content,
      }),
    )
  const pidFile = join(folder, 'pids')
  const server = { command: process.execPath, args: [odd, pidFile], env: { SECRET: fromEnv('SECRET') } }
  write(config)
  const probe = probeChannel()
  const lines: string[] = []
  const log = createLog({ format: 'json', write: (line) => lines.push(line) })
  const env = { SECRET: 'hunter2-hunter2' }
  const started = await startGateway({
    stateDir: join(folder, 'state'),
    plugins: [probe.plugin],
    log,
    loadSettings: async () => toSettings(await loadConfig({ path, env, channels: [probe.plugin] })),
  })
  gateway = started
  await started.ready()
  const say = async (more: Partial<Turn> = {}): Promise<ReplyPiece[]> => {
    const { host } = probe.created[0] ?? {}
    const conversation = { kind: 'direct', id: 'u1' } as const
    const messages = [{ id: 'm', sender: { id: 'u1' }, text: 'hi', timestampMs: 0 }]
    const turn = {
      id: 't',
      channelId: 'probe',
      accountId: 'a',
      conversation,
      sender: { id: 'u1' },
      messages,
      attempt: 1,
      historyLimit: 0,
    }
    const blocks: ReplyPiece[] = []
    for await (const block of host?.runTurn({ ...turn, ...more }, AbortSignal.timeout(10_000)) ?? [])
      blocks.push(block)
    return blocks
  }
  return {
    folder,
    gateway: started,
    say,
    reload: (changed: object) => {
      write(changed)
      return started.reload()
    },
    toolNames: async () => probe.created[0]?.host.toolNames?.(),
    logText: () => lines.join(''),
    pids: () => (existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim().split('\n').map(Number) : []),
  }
}

const offered = () => model.requests.at(-1)?.tools ?? []

describe('the tools of a gateway', () => {
  it('are its own and those of its MCP servers, less what the configuration denies', async () => {
    const { say } = await start({ tools: { deny: ['weather', 'odd_d*'] } })
    await say()
    expect(offered()).toEqual(expect.arrayContaining(['time', 'send_file', 'odd_echo']))
    expect(offered()).not.toContain('weather')
    expect(offered()).not.toContain('odd_die')
    await say({ tools: [{ allow: ['odd_*', 'weather'] }, { deny: ['odd_echo'] }] })
    expect(offered()).toEqual([
      'odd_hang',
      'odd_fail',
      'odd_env',
      'odd_flood',
      'odd_odd_name_00a83921',
      'odd_send_file',
      'odd_learn',
    ])
    await say({ tools: [{ allow: [] }] })
    expect(offered()).toEqual([])
  })

  it('are reported where a name in the configuration is none of theirs', async () => {
    const { logText } = await start({ tools: { deny: ['wheather', 'odd_x', 'time'] } })
    await expect.poll(logText).toContain('no tool is called wheather, odd_x')
  })

  it('are listed for the channel, and whose are missing for now', async () => {
    const { toolNames, say } = await start({
      mcp: { servers: { odd: { command: process.execPath, args: [odd] }, gone: { command: '/nowhere' } } },
    })
    await say()
    const { known, away } = (await toolNames()) ?? {}
    expect(known).toEqual(expect.arrayContaining(['time', 'odd_echo']))
    expect(away).toEqual(['gone_'])
  })

  it('never have a name of another server: that is an error in log and status', async () => {
    const { toolNames, gateway, logText } = await start({
      mcp: {
        servers: {
          odd: { command: process.execPath, args: [odd] },
          odd_send: { command: '/nowhere' },
          send: { command: process.execPath, args: [odd, '', 'file'] },
        },
      },
    })
    await expect.poll(async () => (await toolNames())?.known ?? []).toContain('send_echo')
    await expect.poll(async () => (await toolNames())?.known ?? []).toContain('odd_echo')
    expect((await toolNames())?.known).not.toContain('odd_send_file')
    const clashes = [
      'MCP server odd offers odd_send_file, a name of server odd_send; the tool is not used',
      'there are two tools called send_file; only the first one is used',
    ]
    const { problems, healthy } = await gateway.status()
    expect(problems).toEqual(expect.arrayContaining(clashes))
    expect(healthy).toBe(false)
    for (const clash of clashes) expect(logText()).toContain(clash)
    expect(logText()).toContain('the pattern \\"odd_*\\" also matches the tools of this server')
  })

  it('work in a turn, and show no secret', async () => {
    const { say, logText } = await start({}, ({ toolResults }) =>
      toolResults.length === 0
        ? { toolCalls: ['odd_env', 'odd_fail', 'odd_die'].map((name) => ({ name, input: {} })) }
        : 'done',
    )
    expect(await say()).toEqual([{ text: 'done' }])
    expect(model.requests.at(-1)?.toolResults.join()).toContain('no luck with ***')
    expect(JSON.stringify(model.requests.map(({ body }) => body)) + logText()).not.toContain('hunter2')
  })

  it('send files of the workspace beside the configuration, with the reply', async () => {
    const { say, folder } = await start({}, ({ toolResults }) =>
      toolResults.length === 0
        ? { text: 'Here.', toolCalls: [{ name: 'send_file', input: { path: 'a.pdf' } }] }
        : { text: '' },
    )
    writeFileSync(join(folder, 'files', 'a.pdf'), 'x')
    const path = expect.stringContaining(join(folder, 'state', 'turns'))
    const media = [{ source: { path }, name: 'a.pdf' }]
    expect(await say()).toEqual([{ text: 'Here.', media }])
    const pieces = await say({ id: 't2', blocks: true })
    expect(pieces.map(({ text }) => text).join('')).toBe('Here.')
    expect(pieces.at(-1)).toEqual({ text: '', media })
  })

  it('tell the model of a file that is too large for the chat', async () => {
    const { say, folder } = await start({}, ({ toolResults }) =>
      toolResults.length === 0
        ? { toolCalls: [{ name: 'send_file', input: { path: 'film.mp4' } }] }
        : { text: `It said: ${toolResults[0]}` },
    )
    writeFileSync(join(folder, 'files', 'film.mp4'), 'xxx')
    const [block, ...more] = await say({ maxFileBytes: 2 })
    expect([block?.media, more]).toEqual([undefined, []])
    expect(block?.text).toContain('"film.mp4" has 3 bytes; a file may have 2 at most to be sent here')
  })

  it('do not keep the gateway from stopping while their server does not answer', async () => {
    const config = {
      mcp: { servers: { silent: { command: process.execPath, args: ['-e', 'setInterval(() => {}, 9)'] } } },
    }
    const { reload } = await start(config)
    const reloaded = reload({ ...config, channels: { probe: { accounts: { b: {} } } } })
    await Promise.all([gateway?.stop(), reloaded.catch(() => undefined)])
    expect(await gateway?.ended).toBe(0)
  })

  it('end with the gateway', async () => {
    const { pids } = await start({})
    await expect.poll(() => pids().length).toBe(1)
    await gateway?.stop()
    expect(() => process.kill(pids()[0] ?? 0, 0)).toThrow(/ESRCH/)
  })
})

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations hold references to variables
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError, type ConfigProblem, formatProblem } from '../src/config/config-error.ts'
import { type LoadedConfig, loadConfig } from '../src/config/load.ts'
import { type ConfigFolder, channels, configFolder } from './config-folder.ts'

const env = { KEY: 'sk-from-env' }

let folder: ConfigFolder
beforeEach(() => {
  folder = configFolder()
})
afterEach(() => folder.remove())

const load = (text: string): Promise<LoadedConfig> => loadConfig({ path: folder.write(text), env, channels })

async function problems(text: string): Promise<readonly ConfigProblem[]> {
  return load(text).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof ConfigError)) throw error
      expect(error).toMatchObject({
        code: 'config-invalid',
        message: error.problems.map(formatProblem).join('\n'),
      })
      return error.problems
    },
  )
}

/** One line a problem, without the file. */
async function lines(text: string): Promise<string[]> {
  return (await problems(text)).map((problem) => formatProblem({ ...problem, file: '' }))
}

const inWechat = (text: string) => `{\n  channels: { wechat: {\n    ${text}\n  } },\n}`

test('an empty file is a configuration, with every default', async () => {
  const loaded = await load('{}')
  expect(loaded.config).toEqual({
    gateway: { port: 18_789, bind: 'loopback', publicHosts: [], shutdownTimeoutMs: 10_000 },
    dashboard: { showTexts: true },
    alerts: { to: [], afterSeconds: 120, repeatHours: 24, language: 'en' },
    schedules: {
      jobs: {},
      catchUpMs: 3_600_000,
      nudge: true,
      quietHours: '22:00-08:00',
      perPerson: 20,
      perAccount: 1_000,
    },
    agents: { defaults: { model: {}, turnTimeoutSeconds: 120, maxToolSteps: 10, maxTurnTokens: 300_000 } },
    models: { providers: {} },
    messages: { inbound: { debounceMs: 500, mediaWaitMs: 3_000 }, progressAfterMs: 45_000 },
    media: { keepTurns: 5, keepMb: 20, keepDays: 7, maxDiskMb: 4096 },
    network: { proxy: { url: undefined, ilink: false } },
    session: { dmScope: 'per-account-channel-peer', identityLinks: {} },
    logging: { level: 'info', maxFileBytes: 10_485_760, maxFiles: 5 },
    limits: {},
    tools: { media: { audio: { enabled: true, models: [], maxBytes: 20_971_520, timeoutSeconds: 60 } } },
    mcp: { servers: {}, serve: { readConversations: false } },
    targets: {},
    state: { poolSize: 10, statementTimeoutMs: 30_000 },
    cluster: { leaseSeconds: 6, weights: {} },
  })
  expect(loaded.channels).toEqual(new Map())
  expect(loaded.files).toEqual([loaded.path])
})

test('only the channels that the file names are there', async () => {
  const { channels } = await load('{ channels: { wechat: { name: "x" } } }')
  expect(channels).toEqual(new Map([['wechat', { name: 'x' }]]))
})

test.each([
  [
    'an unknown root key',
    '{\n  gatway: {},\n}',
    '2:3: gatway: unknown key; did you mean "gateway"? Allowed: $schema, gateway, dashboard, alerts, agents, models, messages, media, network, state, session, logging, channels, limits, schedules, cluster, tools, mcp, targets',
  ],
  [
    'an unknown key in a section',
    '{ gateway: { prot: 1 } }',
    '1:14: gateway.prot: unknown key; did you mean "port"? Allowed: port, bind, publicHosts, shutdownTimeoutMs',
  ],
  [
    'a key in another case',
    inWechat('DMPolicy: "open",'),
    /^:3:5: channels\.wechat\.DMPolicy: unknown key; did you mean "dmPolicy"\? Allowed: /,
  ],
  [
    'a picture that waits a day for words',
    '{ messages: { inbound: { mediaWaitMs: 86400000 } } }',
    '1:26: messages.inbound.mediaWaitMs: must be at most 60000, found 86400000',
  ],
  [
    'a picture that waits for half a millisecond',
    '{ messages: { inbound: { mediaWaitMs: 0.5 } } }',
    '1:26: messages.inbound.mediaWaitMs: expected a whole number, found 0.5',
  ],
  [
    'a notice after no time',
    '{ messages: { progressAfterMs: -1 } }',
    '1:15: messages.progressAfterMs: must be at least 0, found -1',
  ],
  [
    'a notice after a text',
    '{ messages: { progressAfterMs: "45s" } }',
    '1:15: messages.progressAfterMs: expected a number, found "45s"',
  ],
  [
    'files of half a turn',
    '{ media: { keepTurns: 1.5 } }',
    '1:12: media.keepTurns: expected a whole number, found 1.5',
  ],
  ['a budget of nothing', '{ media: { keepMb: 0 } }', '1:12: media.keepMb: must be more than 0, found 0'],
  [
    'files for two years',
    '{ media: { keepDays: 730 } }',
    '1:12: media.keepDays: must be at most 365, found 730',
  ],
  [
    'less room for files than two of the largest take',
    '{ media: { maxDiskMb: 100 } }',
    '1:12: media.maxDiskMb: must be at least 256, found 100',
  ],
  [
    'room for files without end',
    '{ media: { maxDiskMb: Infinity } }',
    '1:12: media.maxDiskMb: expected a number, found Infinity',
  ],
  [
    'a log file that is neither a path nor false',
    '{ logging: { file: true } }',
    '1:14: logging.file: expected a string or false, found true',
  ],
  [
    'a log file without a name',
    '{ logging: { file: "" } }',
    '1:14: logging.file: must not be empty, found ""',
  ],
  [
    'a log file without room',
    '{ logging: { maxFileBytes: 1 } }',
    '1:14: logging.maxFileBytes: must be at least 1024, found 1',
  ],
  [
    'less than no old log file',
    '{ logging: { maxFiles: -1 } }',
    '1:14: logging.maxFiles: must be at least 0, found -1',
  ],
  [
    'a shutdown that takes an hour',
    '{ gateway: { shutdownTimeoutMs: 3600000 } }',
    '1:14: gateway.shutdownTimeoutMs: must be at most 60000, found 3600000',
  ],
  [
    'a key like nothing that is allowed',
    '{ gateway: { x: 1 } }',
    '1:14: gateway.x: unknown key; allowed: port, bind, publicHosts, shutdownTimeoutMs',
  ],
  [
    'a bad value',
    inWechat('dmPolicy: "pairng",'),
    '3:5: channels.wechat.dmPolicy: not one of the values it may have, found "pairng"; did you mean "pairing"? Allowed: "pairing", "allowlist", "open", "disabled"',
  ],
  [
    'a bad value of an account',
    inWechat('accounts: { a: { dmPolicy: 5 } },'),
    '3:22: channels.wechat.accounts.a.dmPolicy: not one of the values it may have, found 5; allowed: "pairing", "allowlist", "open", "disabled"',
  ],
  ['a wrong type', '{ gateway: { port: "18789" } }', '1:14: gateway.port: expected a number, found "18789"'],
  ['a fraction', '{ gateway: { port: 1.5 } }', '1:14: gateway.port: expected a whole number, found 1.5'],
  ['too much', '{ gateway: { port: 70000 } }', '1:14: gateway.port: must be at most 65535, found 70000'],
  [
    'too little',
    inWechat('historyLimit: -1,'),
    '3:5: channels.wechat.historyLimit: must be at least 0, found -1',
  ],
  ['nothing', inWechat('mediaMaxMb: 0,'), '3:5: channels.wechat.mediaMaxMb: must be more than 0, found 0'],
  [
    'a text that is too long',
    inWechat(`name: '${'x'.repeat(101)}',`),
    `3:5: channels.wechat.name: must have at most 100 characters, found "${'x'.repeat(59)}…`,
  ],
  [
    'neither of two types',
    inWechat('groups: { r: { tools: 5 } },'),
    '3:20: channels.wechat.groups.r.tools: expected a list or an object, found 5',
  ],
  [
    'a missing key',
    '{ models: { providers: { p: {} } } }',
    '1:26: models.providers.p.baseUrl: is missing: expected a string',
  ],
  [
    'a bad item',
    inWechat('mentionPatterns: ["a", "("],'),
    '3:28: channels.wechat.mentionPatterns[1]: Invalid regular expression: /(/iu: Unterminated group, found "("',
  ],
  [
    'a bad name of an account',
    inWechat('accounts: { "../a": {} },'),
    /^:3:17: channels\.wechat\.accounts\["\.\.\/a"\]: an account id has 1 to 64 /,
  ],
  [
    'an unknown default account',
    inWechat('defaultAccountId: "b", accounts: { a: {} },'),
    '3:5: channels.wechat.defaultAccountId: account "b" does not exist; the configured accounts are: a, found "b"',
  ],
  [
    'an unknown channel',
    '{ channels: { wechatt: {} } }',
    '1:15: channels.wechatt: no installed channel has this name; did you mean "wechat"? Allowed: wechat',
  ],
  ['channels that are no object', '{ channels: [] }', '1:3: channels: expected an object, found a list'],
  [
    'a channel that is no object',
    '{ channels: { wechat: null } }',
    '1:15: channels.wechat: expected an object, found null',
  ],
  ['a root that is no object', '[]', '1:1: expected an object, found a list'],
  [
    'a missing variable',
    "{ $schema: '${NOPE}' }",
    '1:12: $schema: the environment variable NOPE is not set, or empty; set it (export NOPE=…), or write NOPE=… to the file .env beside the configuration',
  ],
  [
    'a model without a provider',
    "{ agents: { defaults: { model: 'gpt-5' } } }",
    '1:25: agents.defaults.model: a model is named as "provider/model", such as "openai/gpt-5" or "builtin/echo", found "gpt-5"',
  ],
  [
    'a model without a provider, as an object',
    "{ agents: { defaults: { model: { primary: 'deepseek-chat' } } } }",
    '1:34: agents.defaults.model.primary: a model is named as "provider/model", such as "openai/gpt-5" or "builtin/echo", found "deepseek-chat"',
  ],
  [
    'a key with a full-width colon',
    "{ models: { providers: { p: { baseUrl: 'http://x/', apiKey: 'sk-abc：def' } } } }",
    '1:53: models.providers.p.apiKey: has a character that no API key has: "：" U+FF1A at position 7; copy the key again from the provider\'s site, found a string (not shown)',
  ],
  [
    'a SOCKS proxy',
    "{ network: { proxy: 'socks5://ann:pw@127.0.0.1:7891' } }",
    /^:1:14: network\.proxy: socks5:\/\/ is not supported; name the HTTP port .*found "socks5:\/\/…@127/,
  ],
  ['a proxy that is true', '{ network: { proxy: true } }', /^:1:14: network\.proxy: /],
  [
    'a proxy of which nothing is known',
    '{ network: { proxy: { ilinc: true } } }',
    '1:23: network.proxy.ilinc: unknown key; did you mean "ilink"? Allowed: url, ilink',
  ],
  [
    'a provider that is not there',
    "{ agents: { defaults: { model: { primary: 'x/y' } } } }",
    '1:34: agents.defaults.model.primary: there is no provider "x" in models.providers (which is empty), and "x/y" is not built in (builtin/echo), found "x/y"',
  ],
])('%s', async (_, text, expected) => {
  expect(await lines(text)).toEqual([
    typeof expected === 'string' ? `:${expected}` : expect.stringMatching(expected),
  ])
})

test.each(['agents: { defaults: { tools: {} } }', 'agents: { list: [] }'])(
  '{ %s } is refused as not supported yet',
  async (text) => {
    expect(await lines(`{ ${text} }`)).toEqual([
      expect.stringMatching(/: is not supported in this version; remove it$/),
    ])
  },
)

test('every problem is reported at once, in the order of the file', async () => {
  const text =
    "{\n  gateway: { port: '' },\n  channels: {\n    wechat: { dmPolicy: 1 },\n    x: {},\n  },\n  logging: { level: '${NOPE}' },\n}"
  expect((await problems(text)).map(({ line, path }) => `${line} ${path}`)).toEqual([
    '2 gateway.port',
    '4 channels.wechat.dmPolicy',
    '5 channels.x',
    '7 logging.level',
  ])
})

test('secrets are never in a problem', async () => {
  const text = `{
    models: { providers: { p: { baseUrl: 'http://ann:hunter2@host/v1', apiKey: ['hunter2'], headers: { a: 7654321 } } } },
    logging: { level: '\${KEY}' },
    channels: { wechat: { puppetOptions: 'hunter2', accounts: { a: { puppetOptions: { token: 'hunter2' }, x: 1 } } } },
  }`
  const found = JSON.stringify(await problems(text))
  expect(JSON.parse(found)).toHaveLength(6)
  expect(found).not.toMatch(/hunter2|7654321|sk-from-env/)
})

test('a problem is one line, whatever the file holds', async () => {
  const [line] = await lines('{ "a\\nb\\u2028\\u001b[31m": 1, }')
  expect(line).toMatch(/^:1:3: \["a\\nb\\u2028\\u001b\[31m"\]: unknown key/)
})

test('tools and MCP servers', async () => {
  const { config, secrets } = await load(`{
    tools: { allow: ['web_*'], deny: [] },
    mcp: { servers: {
      env: { command: 'npx', args: ['-y', 'x'], env: { TOKEN: '\${KEY}' } },
      far: { url: 'https://mcp.example/mcp', headers: { Authorization: 'Bearer abc' } },
    } },
  }`)
  expect(config.tools).toMatchObject({ allow: ['web_*'], deny: [] })
  expect(config.mcp.servers).toEqual({
    env: { command: 'npx', args: ['-y', 'x'], env: { TOKEN: 'sk-from-env' } },
    far: { url: 'https://mcp.example/mcp', headers: { Authorization: 'Bearer abc' } },
  })
  expect(secrets).toEqual(['sk-from-env', 'Bearer abc'])
})

const withAudio = (audio: string, api = 'openai-completions') =>
  `{ models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', api: '${api}' } } }, tools: { media: { audio: ${audio} } } }`

test.each(['openai-completions', 'openai-responses'])('a transcription model over %s', async (api) => {
  const { config } = await load(withAudio("{ models: [{ provider: 'p', model: 'm' }], language: 'zh' }", api))
  expect(config.tools.media.audio).toEqual({
    enabled: true,
    models: [{ provider: 'p', model: 'm' }],
    maxBytes: 20_971_520,
    timeoutSeconds: 60,
    language: 'zh',
  })
})

test.each([
  [
    'whose provider is not there',
    withAudio("{ models: [{ provider: 'q', model: 'm' }] }"),
    /audio\.models\[0\]\.provider: there is no provider "q" in models\.providers \(p\), found "q"$/,
  ],
  [
    'whose API has none',
    withAudio("{ models: [{ provider: 'p', model: 'm' }] }", 'anthropic-messages'),
    /audio\.models\[0\]\.provider: the API anthropic-messages has no transcription; openai-completions and/,
  ],
  [
    'of the command line',
    withAudio("{ models: [{ provider: 'p', model: 'm', type: 'cli' }] }"),
    /audio\.models\[0\]\.type: unknown key/,
  ],
  [
    'with a slip of the keyboard',
    withAudio('{ timeoutSecnds: 5 }'),
    /audio\.timeoutSecnds: unknown key; .*did you mean "timeoutSeconds"/,
  ],
  ['with a language in words', withAudio("{ language: 'Chinese' }"), /audio\.language: a language is given/],
])('a transcription model %s', async (_, text, expected) => {
  expect(await lines(text)).toEqual([expect.stringMatching(expected)])
})

test.each([
  ['neither command nor url', '{}', /mcp\.servers\.a.*/],
  [
    'both command and url',
    "{ command: 'x', url: 'https://x/' }",
    /mcp\.servers\.a\.(url|command): unknown key/,
  ],
  [
    'a key that is not known',
    "{ command: 'x', agrs: [] }",
    /mcp\.servers\.a\.agrs: unknown key; .*did you mean "args"/,
  ],
  ['a URL that is none', "{ url: 'ftp://x/' }", /mcp\.servers\.a\.url: expected an http or https URL/],
])('an MCP server with %s', async (_, server, expected) => {
  expect(await lines(`{ mcp: { servers: { a: ${server} } } }`)).toEqual([expect.stringMatching(expected)])
})

test.each([
  ['{ input: 1 }', /cost: needs both `input` and `output`/],
  ['{ input: -1, output: 1 }', /cost\.input: /],
  ["{ input: '1', output: 1 }", /cost\.input: /],
  ["{ input: 1, output: 1, currency: 'usd' }", /cost\.currency: expected three capital letters/],
  ['{ input: 1, output: 1, cached: 1 }', /cost\.cached: unknown key/],
])('the price %s of a model is refused', async (cost, expected) => {
  const provider = `{ baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'm', cost: ${cost} }] }`
  expect(await lines(`{ models: { providers: { p: ${provider} } } }`)).toEqual([
    expect.stringMatching(expected),
  ])
})

test('the price of a model is in dollars unless the configuration says otherwise; the empty one is none', async () => {
  const models = "[{ id: 'a', cost: { input: 1, output: 2, tieredPricing: [] } }, { id: 'b', cost: {} }]"
  const { config } = await load(
    `{ models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: ${models} } } } }`,
  )
  expect(config.models.providers.p?.models?.map(({ cost }) => cost)).toEqual([
    { input: 1, output: 2, currency: 'USD' },
    undefined,
  ])
})

test("OpenClaw's keys are warned of, once each, and then left out", async () => {
  const { config, channels, warnings } = await load(`{
    plugins: { allow: ['x'] }, cron: 5,
    gateway: { mode: 'local', port: 1 },
    agents: { defaults: { typingMode: 'x', model: { primary: 'p/m', fallbacks: [] } } },
    models: { mode: 'merge', providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', auth: 'api-key',
      models: [{ id: 'm', name: 'M', reasoning: false, input: ['text'], cost: {}, contextWindow: 1, maxTokens: 1 }] } } },
    session: { reset: {} }, messages: { queue: {}, inbound: { byChannel: {} } }, logging: { audit: {} },
    tools: { media: { image: {}, audio: { echoTranscript: true } } },
    channels: { telegram: { botToken: 'x' }, wechat: {} },
  }`)
  expect(warnings.map(({ path }) => path)).toEqual([
    'plugins',
    'cron',
    'gateway.mode',
    'agents.defaults.typingMode',
    'agents.defaults.model.fallbacks',
    'models.mode',
    'models.providers.p.auth',
    'session.reset',
    'messages.queue',
    'messages.inbound.byChannel',
    'logging.audit',
    'tools.media.image',
    'tools.media.audio.echoTranscript',
    'channels.telegram',
  ])
  expect([...channels.keys()]).toEqual(['wechat'])
  expect(warnings[0]).toMatchObject({ line: 2, severity: 'warning' })
  expect(config.gateway).toEqual({
    port: 1,
    bind: 'loopback',
    publicHosts: [],
    shutdownTimeoutMs: 10_000,
  })
})

test('an id that is linked to two people is warned of', async () => {
  const links = '{ ann: ["wechat:a", "b", "b"], ben: ["c", " b"] }'
  const { warnings } = await load(`{ session: { identityLinks: ${links} } }`)
  expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toContain(
    'session.identityLinks.ben: "b" is under "ann" already, and is taken for that person',
  )
  expect(warnings.filter(({ path }) => path.startsWith('session'))).toHaveLength(1)
})

test("a channel's warnings are warnings at their keys", async () => {
  const { warnings } = await load(inWechat('allowFrom: ["*"],'))
  expect(warnings.map((warning) => formatProblem({ ...warning, file: '' }))).toEqual([
    expect.stringMatching(/^:1:1: warning: agents\.defaults\.model\.primary: no model is configured/),
    expect.stringMatching(/^:3:5: warning: channels\.wechat\.allowFrom: "\*" admits every user/),
  ])
})

test('a model that its provider does not list is warned of', async () => {
  const { warnings } = await load(
    "{ agents: { defaults: { model: 'p/b' } }, models: { providers: { p: { baseUrl: 'http://x/', models: ['a'] } } } }",
  )
  expect(warnings).toContainEqual(
    expect.objectContaining({ message: 'the provider\'s list of models does not have "b"' }),
  )
})

test('a configuration without a channel is warned of', async () => {
  const noChannel = expect.objectContaining({
    path: 'channels',
    message: expect.stringMatching(/^no channel is configured, .*\{ channels: \{ wechat: \{\} \} \}$/),
  })
  for (const text of ['{}', '{ channels: {} }', '{ channels: { telegram: {} } }']) {
    expect((await load(text)).warnings).toContainEqual(noChannel)
  }
  expect((await load('{ channels: { wechat: {} } }')).warnings).not.toContainEqual(noChannel)
})

test.each([
  ['https://api.deepseek.com/v1/chat/completions', '/chat/completions'],
  ['https://api.deepseek.com/chat/completions/', '/chat/completions/'],
  ['https://api.openai.com/v1/responses', '/responses'],
  ['https://api.openai.com/v1/completions?x=1', '/completions'],
  ['https://api.anthropic.com/v1/Messages', '/Messages'],
])('the base URL %s is that of a request', async (baseUrl, ending) => {
  expect(await lines(`{ models: { providers: { p: { baseUrl: '${baseUrl}' } } } }`)).toEqual([
    `:1:31: models.providers.p.baseUrl: ends with the path of a request, which the gateway adds itself; remove "${ending}", found "${baseUrl}"`,
  ])
})

test('a base URL may hold the names of requests elsewhere', async () => {
  for (const url of [
    'https://messages.test/v1',
    'https://a.test/responses/v1',
    'https://a.test/mymessages',
  ]) {
    expect(await lines(`{ models: { providers: { p: { baseUrl: '${url}' } } } }`)).toEqual([])
  }
})

const lost =
  'is not the path that was meant: in JSON5 a backslash begins an escape; write / or \\\\ between folders'

test.each(['D:\\new\\table', 'files\\tables', '\\\\nas\\r'])(
  'the path "%s" lost its backslashes',
  async (path) => {
    expect(await lines(`{ agents: { defaults: { workspace: "${path}" } } }`)).toEqual([
      expect.stringContaining(`workspace: ${lost}, found `),
    ])
    expect(await lines(`{ mcp: { servers: { a: { command: "${path}" } } } }`)).toEqual([
      expect.stringContaining(`command: ${lost}, found `),
    ])
    expect(await lines(`{ $include: "${path}" }`)).toEqual([expect.stringContaining(lost)])
  },
)

test.each(['D:\\new', '--out=c:\\temp', 'file=C:\\readme.md'])(
  'the path in "%s", for another program, lost its backslashes',
  async (text) => {
    const server = `{ command: "x", args: ["y", "${text}"], env: { A: "${text}" } }`
    expect(await lines(`{ mcp: { servers: { a: ${server} } } }`)).toEqual([
      expect.stringContaining(`a.args[1]: ${lost}`),
      expect.stringContaining(`a.env.A: ${lost}`),
    ])
  },
)

test('a line break or a tab in an argument is one', async () => {
  const server = String.raw`{ command: "x", args: ["Answer:\n- briefly\tplease", "C:\\new", "\\d+", "C:/new"] }`
  expect(await lines(`{ mcp: { servers: { a: ${server} } } }`)).toEqual([])
})

test.each([
  [
    'an argument',
    String.raw`{ mcp: { servers: { a: { command: "x", args: ["C:\data"] } } } }`,
    'args[0]',
    'd',
  ],
  [
    'a regular expression',
    String.raw`{ mcp: { servers: { a: { command: "x", args: ['\\w\s'] } } } }`,
    'args[0]',
    's',
  ],
  ['a mention pattern', inWechat(String.raw`mentionPatterns: ["^shop\b"]`), 'mentionPatterns[0]', 'b'],
  ['a folder', String.raw`{ agents: { defaults: { workspace: "C:\bot" } } }`, 'workspace', 'b'],
  ['an included file', String.raw`{ $include: ".\more.json5" }`, '$include', 'm'],
])('%s that loses a backslash is an error with its line', async (_, text, key, letter) => {
  expect(await lines(text)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^:\\d+:\\d+: .*${key.replaceAll(/[$[\]]/g, '\\$&')}: the backslash before "${letter}" begins an escape`,
      ),
    ),
  ])
})

test.each(['./nope', '~/nope-nope', 'config.json5', 'C:/nope', 'C:\\\\nope'])(
  'the workspace "%s" has to exist, and is not made',
  async (path) => {
    expect(await lines(`{ agents: { defaults: { workspace: "${path}" } } }`)).toEqual([
      expect.stringMatching(
        /^:1:25: agents\.defaults\.workspace: there is no folder \/.*; create it, or correct the path$/,
      ),
    ])
    expect(readdirSync(folder.path)).toEqual(['config.json5'])
  },
)

test('a workspace that exists is fine, beside the configuration or anywhere', async () => {
  mkdirSync(join(folder.path, 'files'))
  for (const path of ['files', './files/', folder.path]) {
    expect(await lines(`{ agents: { defaults: { workspace: "${path}" } } }`)).toEqual([])
  }
})

test('secrets are gathered for the log, literal ones too', async () => {
  const { secrets } = await load(`{
    gateway: { auth: { token: 'foreign' } },
    models: { providers: { p: { baseUrl: 'http://x/', apiKey: '\${KEY}', headers: { A: 'Bearer literal' } } } },
    channels: { wechat: { name: '\${KEY}', puppetOptions: { token: 'hosted', baseUrl: 'http://y' } } },
  }`)
  expect(secrets).toEqual(['foreign', 'sk-from-env', 'Bearer literal', 'hosted'])
})

test('a file that is not there', async () => {
  const options = { env: { HOME: folder.path }, channels }
  await expect(loadConfig(options)).rejects.toMatchObject({ code: 'config-not-found', problems: [] })
  await expect(loadConfig({ ...options, path: folder.path })).rejects.toMatchObject({
    code: 'config-unreadable',
  })
})

/** Configurations near enough to real ones to get past the first check. */
const keys = fc.constantFrom(
  ...[
    'gateway',
    'agents',
    'defaults',
    'model',
    'models',
    'providers',
    'channels',
    'wechat',
    'accounts',
    'groups',
    '*',
  ],
  ...[
    'dmPolicy',
    'allowFrom',
    'tools',
    'puppet',
    'plugins',
    '$include',
    '__proto__',
    'constructor',
    'toString',
    '',
  ],
)
const leaf = fc.oneof(
  fc.string(),
  fc.constantFrom('open', '*', '${KEY}', '${', 'c.json5'),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7 },
    leaf,
    { weight: 5, arbitrary: fc.dictionary(keys, tie('tree'), { maxKeys: 4 }) },
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}))

test('any JSON value is a configuration or has problems with a place in the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(tree, fc.jsonValue()), fc.constantFrom(0, 2), async (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const path = folder.write(text)
      const found = await loadConfig({ path, env, channels }).then(({ warnings }) => warnings, problemsOf)
      for (const { file, line } of found) {
        expect(file).toBe(path)
        expect(line).toBeLessThanOrEqual(text.split('\n').length)
      }
    }),
    { numRuns: 300 },
  )
})

function problemsOf(error: unknown): readonly ConfigProblem[] {
  if (!(error instanceof ConfigError)) throw error
  expect(error.problems.length).toBeGreaterThan(0)
  for (const problem of error.problems) expect(formatProblem(problem)).not.toMatch(/[\n\r]/)
  return error.problems
}

test('the line of a problem is that of its key, wherever it is', async () => {
  const noise = fc.array(fc.constantFrom('', '// open {', '/* , */', '  '), { maxLength: 5 })
  const paths = fc.constantFrom(
    ['gateway', 'prt'],
    ['logging', 'level'],
    ['channels', 'wechat', 'dmPolicy'],
    ['channels', 'wechat', 'accounts', 'a', 'groups', 'r', 'nope'],
    ['channels', 'wechat', 'accounts', 'a', 'historyLimit'],
  )
  await fc.assert(
    fc.asyncProperty(paths, fc.array(noise, { minLength: 7, maxLength: 7 }), async (path, noises) => {
      const opening = path.flatMap((key, index) => [
        ...(noises[index] ?? []),
        `"${key}":`,
        ...(index < path.length - 1 ? ['{'] : []),
      ])
      const text = ['{', ...opening, ...(noises[6] ?? []), "'bad'", ...path.map(() => '}')].join('\n')
      const [problem] = await problems(text)
      expect(text.split('\n')[(problem?.line ?? 0) - 1]).toBe(`"${path.at(-1)}":`)
      expect(problem?.path).toBe(path.join('.'))
    }),
    { numRuns: 60 },
  )
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratch } from '../../../test/scratch.ts'
import { describeFailure } from '../../cli/failure.ts'
import { loadConfig } from '../../config/load.ts'
import { speechIn } from '../speech-in.ts'

const speech = await speechIn('zh')

async function problemsOf(text: string): Promise<string> {
  const path = join(scratch(), 'c.json5')
  writeFileSync(path, text)
  const failed = loadConfig({ path, env: {}, channels: [] }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return describeFailure(await failed, speech).replaceAll(/^.*?c\.json5:\d+:\d+: /gm, '')
}

it.each([
  ['{ a: ', '不是有效的 JSON5：文件没写完就结束了；缺少右括号或引号'],
  ['{ a: 1 b: 2 }', '不是有效的 JSON5：这里缺一个逗号'],
  [
    '{ gateway: { prot: 1 } }',
    'gateway.prot: 没有这个配置项；是不是 "port"？可用：port, bind, publicHosts, shutdownTimeoutMs',
  ],
  ['{ a: 1， b: 2 }', '不是有效的 JSON5：JSON5 不用字符 ，；请切换到英文输入法，写成 ,'],
  [
    String.raw`{ agents: { defaults: { workspace: "C:\new" } } }`,
    String.raw`agents.defaults.workspace: 不是你想写的路径：JSON5 里反斜杠是转义符；文件夹之间请写 / 或 \\，实际是 "C:\new"`,
  ],
  [
    String.raw`{ agents: { defaults: { workspace: "C:\bot" } } }`,
    String.raw`agents.defaults.workspace: “b”前面的反斜杠在 JSON5 里是转义符；要写反斜杠请写 \\，文件夹之间也可以写 /`,
  ],
  [
    '{ agents: { defaults: { workspace: "/no/such" } } }',
    'agents.defaults.workspace: 没有文件夹 /no/such；请新建它，或改正路径',
  ],
  [
    '{ models: { providers: { p: { baseUrl: "https://a.test/v1/messages" } } } }',
    'models.providers.p.baseUrl: 结尾是单个请求的路径，网关会自己加上；请去掉“/messages”，实际是 "https://a.test/v1/messages"',
  ],
  ['{ gateway: { port: "x" } }', 'gateway.port: 应为数字，实际是 "x"'],
  ['{ gateway: { port: -1 } }', 'gateway.port: 最小为 0，实际是 -1'],
  ['{ gateway: { port: 70000 } }', 'gateway.port: 最大为 65535，实际是 70000'],
  ['{ gateway: { port: 1, port: 2 } }', 'gateway.port: 配置项重复；第一次出现在第 1 行'],
  ['{ agents: { defaults: { model: 5 } } }', 'agents.defaults.model: 应为字符串或对象，实际是 5'],
  [
    `{ logging: { level: "$\{NOPE}" } }`,
    'logging.level: 环境变量 NOPE 没有设置或为空；请设置它（export NOPE=…），或在配置文件旁的 .env 文件里写 NOPE=…',
  ],
])('says of %j in Chinese what is wrong', async (text, said) => {
  expect(await problemsOf(text)).toBe(said)
})

it.each([
  [
    'webhooks: events for hooks.example.com that were given up: 3',
    'webhooks：发往 hooks.example.com 的 3 个事件已放弃',
  ],
  [
    'alpha: events for hooks.example.com that were given up: 3',
    'alpha：发往 hooks.example.com 的 3 个事件已放弃',
  ],
  [
    'webhooks: hooks.example.com does not take events (2 wait); it took longer than 15000 ms',
    'webhooks：hooks.example.com 不接收事件（2 个在等待）；等了 15000 毫秒没有结果',
  ],
])('tells of webhooks in Chinese: %s', (english, said) => {
  expect(speech.translate(english)).toBe(said)
})

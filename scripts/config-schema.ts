/**
 * Writes what is generated from the zod schemas: `config/config.schema.json`, the JSON Schema of a whole configuration, and
 * `openclaw.plugin.json`, with which OpenClaw checks `channels.wechat` before it loads the extension.
 * `--check` writes nothing and exits 1 when a file is not current.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { editorSchema } from '../packages/gateway/src/config/json-schema.ts'
import { root } from './workspaces.ts'

const extension = 'extensions/wechat'
const { version } = read(`${extension}/package.json`)
const { name, description } = read(`${extension}/moltbot.plugin.json`)

const channel = {
  label: name,
  description,
  schema: z.toJSONSchema(wechatConfigSchema, {
    target: 'draft-07',
    io: 'input',
    // OpenClaw writes defaults into the configuration, and one in an account would win over the key of the channel.
    override: ({ jsonSchema }) => {
      delete jsonSchema.default
    },
  }),
}
const nothing = { type: 'object', additionalProperties: false, properties: {} }

const files: Readonly<Record<string, object>> = {
  'config/config.schema.json': editorSchema([
    { id: 'wechat', label: 'WeChat', configSchema: wechatConfigSchema },
  ]),
  [`${extension}/openclaw.plugin.json`]: {
    // OpenClaw takes "wechat" for another plugin, as the id of a plugin and as that of a channel.
    id: 'wechaty',
    name,
    version,
    description,
    channels: ['wechaty', 'wechat'],
    configSchema: nothing,
    channelConfigs: { wechat: channel, wechaty: { ...channel, schema: nothing } },
  },
}

for (const [path, content] of Object.entries(files)) {
  const file = join(root, path)
  const text = `${JSON.stringify(content, null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is not current; run: npm run config:schema`)
    process.exitCode = 1
  }
}

function read(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

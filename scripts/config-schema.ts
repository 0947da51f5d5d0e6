/**
 * Writes `config/config.schema.json`, the JSON Schema of a whole configuration, from the zod schemas.
 * `--check` writes nothing and exits 1 when the file is not current.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { editorSchema } from '../packages/gateway/src/config/json-schema.ts'

const file = fileURLToPath(new URL('../config/config.schema.json', import.meta.url))
const schema = editorSchema([{ id: 'wechat', label: 'WeChat', configSchema: wechatConfigSchema }])
const text = `${JSON.stringify(schema, null, 2)}\n`

if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.error('config/config.schema.json is not current; run: node scripts/config-schema.ts')
  process.exitCode = 1
}

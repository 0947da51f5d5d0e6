/**
 * What the operator can be told, read from the sources. Of the WeChat channel: errors, warnings, steps of
 * `channels explain`, and summaries of puppets. Of the gateway: what is wrong with a configuration, the state directory, the
 * time zone, the proxy, or a pairing code. Values are `{value}`.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const channelSource = join(import.meta.dirname, '../../../extensions/wechat/src')
const gatewaySource = join(import.meta.dirname, '../src')

/** Each sentence in these places is for the operator. Elsewhere, what follows one of `markers` is. */
const sentencesOnly =
  /^(?:policy\/(?:direct|group|decide)|warnings\/|checks\/|inbound\/explain|wechaty\/(?:session|connection|supervisor|liveness|verify-code|restarts)|outbound\/(?:outcome|confirm|forecast|manual-sends|outbox-desk)|operator-outbox|config\/catalogue)/
const literal = String.raw`('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\]|\\.)*\`)`
const anyLiteral = new RegExp(literal, 'g')
const markers = new RegExp(
  String.raw`(?:new MoltbotError\(\s*[^,()]+,\s*|\b(?:summary|reason): ?\s*|\bmessage = ?\s*)${literal}`,
  'g',
)

/** Their texts are for the operator, but for those that explain a key to an editor. */
const gatewayFiles =
  /^(?:config\/(?:api-key|dotenv|env|files|include|parse|syntax-flaw|(?!json-)[\w-]*schema)|time-zone|state\/state-dir|pairing\/pairing-desk|network\/proxy)\.ts$/
const explanation = /\.describe\((?:[^()]|\([^()]*\))*\)/g

export function channelTexts(): string[] {
  // What runs in OpenClaw speaks to its operator, in the language of its command line.
  const files = filesIn(channelSource).filter((file) => !file.startsWith('openclaw/'))
  const texts = files.flatMap((file) =>
    textsOf(join(channelSource, file), sentencesOnly.test(file) ? anyLiteral : markers),
  )
  return [...new Set(texts)].toSorted()
}

export function gatewayTexts(): string[] {
  const files = filesIn(gatewaySource).filter((file) => gatewayFiles.test(file))
  return [...new Set(files.flatMap((file) => textsOf(join(gatewaySource, file), anyLiteral)))].toSorted()
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  )
}

function textsOf(path: string, shape: RegExp): string[] {
  const code = readFileSync(path, 'utf8')
    .replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '')
    .replaceAll(explanation, '')
  return [...code.matchAll(shape)]
    .map(([, text = '']) => plain(text))
    .filter((text) => /[a-z]{2}.* /i.test(text))
}

/** The text of a literal. */
function plain(text: string): string {
  return text
    .slice(1, -1)
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{value}')
    .replaceAll('\\', '')
}

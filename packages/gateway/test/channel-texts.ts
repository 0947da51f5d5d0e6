/**
 * What the WeChat channel can say to the operator, read from its sources: errors, warnings, steps of `channels explain`,
 * and summaries of puppets. Values are `{value}`.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '../../../extensions/wechat/src')

/** Each sentence in these places is for the operator. Elsewhere, what follows one of `markers` is. */
const sentencesOnly =
  /^(?:policy\/(?:direct|group|decide)|warnings\/|inbound\/explain|wechaty\/(?:session|connection|supervisor|liveness|verify-code|restarts)|outbound\/(?:outcome|confirm|manual-sends|outbox-desk)|operator-outbox|config\/catalogue)/
const literal = String.raw`('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\]|\\.)*\`)`
const anyLiteral = new RegExp(literal, 'g')
const markers = new RegExp(
  String.raw`(?:new MoltbotError\(\s*[^,()]+,\s*|\b(?:summary|reason): ?\s*|\bmessage = ?\s*)${literal}`,
  'g',
)

export function channelTexts(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  )
  return [...new Set(files.flatMap(textsOf))].toSorted()
}

function textsOf(file: string): string[] {
  const code = readFileSync(join(source, file), 'utf8').replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '')
  const found = code.matchAll(sentencesOnly.test(file) ? anyLiteral : markers)
  return [...found].map(([, text = '']) => plain(text)).filter((text) => /[a-z]{2}.* /i.test(text))
}

/** The text of a literal. */
function plain(text: string): string {
  return text
    .slice(1, -1)
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{value}')
    .replaceAll('\\', '')
}

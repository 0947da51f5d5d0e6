/**
 * The text of web WeChat is HTML: what people typed is escaped in it, and the page's own tags stand for lines, emoji and
 * addresses. (wechaty-puppet-wechat hands over `MMActualContent` of the page as it is.)
 */

import { unescaped } from './protocol-xml.ts'

const lineBreak = /<br\s?\/?>/gu
/** `<span class="emoji emoji1f604"></span>`; a flag is two code points in one name. */
const emoji = /<span class="emoji emoji((?:1[\da-f]{4}|[\da-f]{4}){1,8})"><\/span>/gu
/** `<img class="qqemoji qqemoji13" text="[呲牙]_web" src="…">` */
const namedEmoji = /<img class="(?:qq)?emoji [^">]{0,40}" text="([^">]{0,40}?)(?:_web)?"[^>]{0,200}>/gu
const address = /<a [^>]{0,4000}>([^<]*)<\/a>/gu

/** What the person typed, as they saw it. */
export function webText(html: string): string {
  if (!/[<&]/u.test(html)) return html
  const text = html
    .replaceAll(lineBreak, '\n')
    .replaceAll(emoji, (_, codes: string) => charactersOf(codes))
    .replaceAll(namedEmoji, '$1')
    .replaceAll(address, '$1')
  return unescaped(text)
}

function charactersOf(codes: string): string {
  const points = codes.match(/1[\da-f]{4}|[\da-f]{4}/gu) ?? []
  return String.fromCodePoint(...points.map((code) => Number.parseInt(code, 16)))
}

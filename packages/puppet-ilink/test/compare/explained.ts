/**
 * Every difference between Tencent's client and this puppet, with its reason. The comparison fails when it finds one
 * that is not here, and when one that is here no longer occurs.
 */

import { defaultBotAgent } from '../../src/wire/bot-agent.ts'
import { absent, type Row } from './differences.ts'

export interface Explanation {
  why: string
  rows: readonly Row[]
}

const row = (jobs: number, endpoints: string[], field: string, tencent: string, puppet: string): Row => ({
  endpoints,
  field,
  tencent,
  puppet,
  jobs,
})

const withBaseInfo = [
  'getconfig',
  'getupdates',
  'getuploadurl',
  'notifystart',
  'notifystop',
  'sendmessage',
  'sendtyping',
]
const cdn = ['download', 'upload']
const everywhere = [...withBaseInfo, 'getqr', 'getqrstatus', ...cdn].toSorted()
const image = 'body.msg.item_list[0].image_item'
const file = 'body.msg.item_list[0].file_item'

export const explanations: readonly Explanation[] = [
  {
    why: 'Each client names its program, as the protocol demands; the backend uses it for its logs.',
    rows: [row(20, withBaseInfo, 'body.base_info.bot_agent', '"OpenClaw"', JSON.stringify(defaultBotAgent))],
  },
  {
    why: 'A client id is whatever its client makes it. Ours is the caller’s own, or a random one: a time and four random bytes can meet.',
    rows: [row(8, ['sendmessage'], 'body.msg.client_id', '<name>:<ms>-<8 hex>', '<name>:<uuid>')],
  },
  {
    why: 'run_id joins the messages of one agent turn, tool progress above all. A puppet knows no turns, and the field is optional.',
    rows: [row(1, ['sendmessage'], 'body.msg.run_id', '<uuid>', absent)],
  },
  {
    why: 'Tencent’s client fetches a typing ticket for everyone who writes; the puppet fetches one, also once, when it has to show typing.',
    rows: [row(13, ['getconfig'], 'count of getconfig', '1', '0')],
  },
  {
    why: 'Tencent’s client does not poll while it handles a message. The puppet (unless its consumer acknowledges messages) has stored the message by then and continues to poll, so that a slow answer delays no other message.',
    rows: [
      row(4, [], 'order', 'download 1, getupdates 2', 'getupdates 2, download 1'),
      row(
        1,
        [],
        'order',
        'getconfig 1, sendtyping 1, sendmessage 1, sendtyping 2, getupdates 2, sendtyping 3, sendmessage 2, sendtyping 4, getupdates 3',
        'getupdates 2, getconfig 1, sendtyping 1, sendmessage 1, sendtyping 2, getupdates 3, sendtyping 3, sendmessage 2, sendtyping 4',
      ),
    ],
  },
  {
    why: 'After -14 Tencent’s client pauses for an hour and then asks again with the dead token. The puppet shows a new QR code, and sends no farewell for a session that has ended.',
    rows: [
      row(1, ['getqr'], 'count of getqr', '0', '1'),
      row(1, ['getqrstatus'], 'count of getqrstatus', '0', '2'),
      row(1, ['notifystop'], 'count of notifystop', '1', '0'),
    ],
  },
  {
    why: 'The puppet uses node:http, which costs less than fetch and does not decompress, so it does not offer to.',
    rows: [row(20, everywhere, 'header.accept-encoding', '"gzip, deflate"', absent)],
  },
  {
    why: 'Files are transferred without the headers that fetch adds. None of them is part of the protocol.',
    rows: [
      row(10, cdn, 'header.accept', '"*/*"', absent),
      row(10, cdn, 'header.accept-language', '"*"', absent),
      row(10, cdn, 'header.sec-fetch-mode', '"cors"', absent),
      row(10, cdn, 'header.user-agent', '"node"', absent),
    ],
  },
  {
    why: 'Tencent’s client decides a file’s kind by its name, the puppet by its first bytes: an image item that holds no image shows as broken.',
    rows: [
      row(1, ['getuploadurl'], 'body.media_type', '1', '3'),
      row(1, ['sendmessage'], 'body.msg.item_list[0].type', '2', '4'),
      row(1, ['sendmessage'], `${image}.media.encrypt_query_param`, '<opaque, 136>', absent),
      row(1, ['sendmessage'], `${image}.media.aes_key`, 'base64(<32 hex>)', absent),
      row(1, ['sendmessage'], `${image}.media.encrypt_type`, '1', absent),
      row(1, ['sendmessage'], `${image}.mid_size`, '50016', absent),
      row(1, ['sendmessage'], `${file}.media.encrypt_query_param`, absent, '<opaque, 136>'),
      row(1, ['sendmessage'], `${file}.media.aes_key`, absent, 'base64(<32 hex>)'),
      row(1, ['sendmessage'], `${file}.media.encrypt_type`, absent, '1'),
      row(1, ['sendmessage'], `${file}.file_name`, absent, '"words.png"'),
      row(1, ['sendmessage'], `${file}.len`, absent, '"50000"'),
    ],
  },
]

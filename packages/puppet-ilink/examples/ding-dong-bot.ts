/**
 * Answers "ding" with "dong". For real: run it and scan the QR code. On the simulator: set ILINK_URL to where it listens.
 */

import { WechatyBuilder } from 'wechaty'
import PuppetILink from 'wechaty-puppet-ilink'

const url = process.env.ILINK_URL
const urls = url ? { baseUrl: url, cdnBaseUrl: `${url}/c2c`, loginBaseUrl: url } : {}
const puppet = new PuppetILink({ stateDir: '.ding-dong-bot', botAgent: 'DingDong/1.0', ...urls })
const bot = WechatyBuilder.build({ puppet })

bot.on('scan', (code) => {
  if (code) console.log(`Show this as a QR code and scan it with WeChat: ${code}`)
})
bot.on('login', (user) => console.log(`Logged in as ${user.id}. Send it a "ding".`))
bot.on('error', (error) => console.error(error.message))
bot.on('message', async (message) => {
  if (!message.self() && message.text() === 'ding') await message.say('dong')
})
await bot.start()
process.once('SIGINT', () => bot.stop().then(() => process.exit()))

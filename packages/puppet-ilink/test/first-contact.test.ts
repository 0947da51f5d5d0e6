import { controlClient, startSimulator } from 'ilink-simulator'
import { expect, it } from 'vitest'
import { WechatyBuilder } from 'wechaty'
import { PuppetILink } from '../src/index.ts'

it('a Wechaty bot logs in by QR code, receives a text and answers it', async () => {
  const simulator = await startSimulator({ holdMs: 500 })
  const control = controlClient(simulator.controlUrl)
  const puppet = new PuppetILink({
    baseUrl: simulator.url,
    cdnBaseUrl: simulator.cdnUrl,
    loginBaseUrl: simulator.url,
  })
  const bot = WechatyBuilder.build({ puppet })
  const errors: unknown[] = []
  bot.on('error', (error) => {
    errors.push(error)
  })
  bot.on('message', async (message) => {
    if (!message.self() && message.text() === 'ding') await message.say('dong')
  })
  const scanned = new Promise<string>((resolve) => bot.once('scan', (qrcode) => resolve(qrcode)))
  const loggedIn = new Promise<string>((resolve) => bot.once('login', (user) => resolve(user.id)))
  await bot.start()
  const qrcode = new URL(await scanned).searchParams.get('qrcode') ?? ''
  await control.scan(qrcode)
  const { botId, userId } = await control.confirm(qrcode)
  expect(await loggedIn).toBe(botId)
  await control.inbound({ botId, text: 'ding' })
  await expect
    .poll(async () => (await control.sent({ botId })).map(({ to, items }) => [to, items]))
    .toEqual([[userId, [{ type: 1, text_item: { text: 'dong' } }]]])
  await bot.stop()
  expect(errors).toEqual([])
  await simulator.close()
})

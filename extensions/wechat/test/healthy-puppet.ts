/**
 * A puppet that logs in when it starts, and answers when it is asked; tests change a member of it, or several.
 */

import { PuppetMock } from 'wechaty-puppet-mock'

export class HealthyPuppet extends PuppetMock {
  constructor() {
    super()
    const bot = this.mocker.createContact({ id: 'bot', name: 'Bot' })
    this.mocker.createContact({ id: 'alice', name: 'Alice' })
    this.mocker.use((mocker) => {
      if (!this.isLoggedIn) mocker.login(bot)
      return () => undefined
    })
  }

  override ding(data: string): void {
    this.emit('dong', { data })
  }
}

/** Alice writes to the bot. */
export function writeTo({ mocker }: HealthyPuppet, text: string): void {
  mocker.ContactMock.load('alice').say(text).to(mocker.ContactMock.load('bot'))
}

/**
 * A puppet that logs in when it starts, and answers when it is asked; tests change a member of it, or several.
 */

import { mock, PuppetMock } from 'wechaty-puppet-mock'

export class HealthyPuppet extends PuppetMock {
  constructor() {
    const mocker = new mock.Mocker()
    mocker.use(() => {
      mocker.login(mocker.createContact({ id: 'bot', name: 'Bot' }))
      return () => undefined
    })
    super({ mocker })
  }

  override ding(data: string): void {
    this.emit('dong', { data })
  }
}

/** Alice writes to the bot. */
export function writeTo({ mocker }: HealthyPuppet, text: string): void {
  mocker.createContact({ id: 'alice', name: 'Alice' }).say(text).to(mocker.ContactMock.load('bot'))
}

/**
 * The members of the puppet contract that iLink has nothing for. Each refuses with Wechaty's own unsupported error; the
 * getters that Wechaty calls by itself answer "nothing" instead, because a throw there would break its own flow.
 */

import type { FileBoxInterface } from 'file-box'
import * as PUPPET from 'wechaty-puppet'

const refuse = async (...what: unknown[]): Promise<never> => PUPPET.throwUnsupportedError(...what)

export abstract class ILinkRefusals extends PUPPET.Puppet {
  override contactSelfName = (name: string): Promise<void> => refuse(name)
}

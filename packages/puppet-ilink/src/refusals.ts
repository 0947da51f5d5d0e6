/**
 * The members of the puppet contract that iLink does not support: each refuses with Wechaty's own unsupported error.
 */

import * as PUPPET from 'wechaty-puppet'

const refuse = (): never => PUPPET.throwUnsupportedError()

export abstract class ILinkRefusals extends PUPPET.Puppet {
  override async contactSelfName(): Promise<never> {
    return refuse()
  }

  override async contactSelfQRCode(): Promise<never> {
    return refuse()
  }

  override async contactSelfSignature(): Promise<never> {
    return refuse()
  }

  override async contactAvatar(): Promise<never> {
    return refuse()
  }

  override async contactPhone(): Promise<never> {
    return refuse()
  }

  override async contactCorporationRemark(): Promise<never> {
    return refuse()
  }

  override async contactDescription(): Promise<never> {
    return refuse()
  }

  override async messageContact(): Promise<never> {
    return refuse()
  }

  override async messageMiniProgram(): Promise<never> {
    return refuse()
  }

  override async messageUrl(): Promise<never> {
    return refuse()
  }

  override async messageLocation(): Promise<never> {
    return refuse()
  }

  override async messageSendContact(): Promise<never> {
    return refuse()
  }

  override async messageSendLocation(): Promise<never> {
    return refuse()
  }

  override async messageSendMiniProgram(): Promise<never> {
    return refuse()
  }

  override async messageSendPost(): Promise<never> {
    return refuse()
  }

  override async messageSendUrl(): Promise<never> {
    return refuse()
  }

  override async messageRecall(): Promise<never> {
    return refuse()
  }

  override async roomAdd(): Promise<never> {
    return refuse()
  }

  override async roomAvatar(): Promise<never> {
    return refuse()
  }

  override async roomCreate(): Promise<never> {
    return refuse()
  }

  override async roomDel(): Promise<never> {
    return refuse()
  }

  override async roomQRCode(): Promise<never> {
    return refuse()
  }

  override async roomQuit(): Promise<never> {
    return refuse()
  }

  override async roomTopic(): Promise<never> {
    return refuse()
  }

  override async roomAnnounce(): Promise<never> {
    return refuse()
  }

  override async roomInvitationAccept(): Promise<never> {
    return refuse()
  }

  override async roomInvitationRawPayload(): Promise<never> {
    return refuse()
  }

  override async roomInvitationRawPayloadParser(): Promise<never> {
    return refuse()
  }

  override async friendshipAccept(): Promise<never> {
    return refuse()
  }

  override async friendshipAdd(): Promise<never> {
    return refuse()
  }

  override async friendshipSearchPhone(): Promise<never> {
    return refuse()
  }

  override async friendshipSearchHandle(): Promise<never> {
    return refuse()
  }

  override async friendshipRawPayload(): Promise<never> {
    return refuse()
  }

  override async friendshipRawPayloadParser(): Promise<never> {
    return refuse()
  }

  override async postRawPayload(): Promise<never> {
    return refuse()
  }

  override async postRawPayloadParser(): Promise<never> {
    return refuse()
  }

  override async postPublish(): Promise<never> {
    return refuse()
  }

  override async postSearch(): Promise<never> {
    return refuse()
  }

  override async tap(): Promise<never> {
    return refuse()
  }

  override async tapSearch(): Promise<never> {
    return refuse()
  }

  override async tagContactAdd(): Promise<never> {
    return refuse()
  }

  override async tagContactDelete(): Promise<never> {
    return refuse()
  }

  override async tagContactList(): Promise<never> {
    return refuse()
  }

  override async tagContactRemove(): Promise<never> {
    return refuse()
  }
}

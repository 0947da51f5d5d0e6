/**
 * The members that a Wechaty puppet has to bring along. TypeScript does not ask for them: the mixins of
 * wechaty-puppet lose the word `abstract` in their declarations, so that a puppet without half of them
 * compiles and fails at run time. This list is the one place that names them; a test holds it against the
 * declarations of the installed wechaty-puppet.
 */
import type { Puppet } from 'wechaty-puppet'

export type MemberKind =
  | 'lifecycle'
  | 'contact'
  | 'conversation'
  | 'message'
  | 'room'
  | 'room-member'
  | 'room-invitation'
  | 'friendship'
  | 'post'
  | 'tap'
  | 'tag'

export interface Member {
  readonly name: keyof Puppet
  readonly kind: MemberKind
  /** Whether a backend may lack it: the puppet then refuses with `PUPPET.throwUnsupportedError`. */
  readonly refusable: boolean
  /**
   * Whether WeChaty calls it by itself, while events pass through or behind its own lookups. Such a member
   * must not throw for an id that the puppet has emitted. One that is also refusable is asked for only after
   * an event or a room that a puppet without the feature never has.
   */
  readonly calledByWechaty: boolean
}

/** Every abstract member of wechaty-puppet 1.21. */
export const members = [
  { name: 'onStart', kind: 'lifecycle', refusable: false, calledByWechaty: true },
  { name: 'onStop', kind: 'lifecycle', refusable: false, calledByWechaty: true },
  { name: 'ding', kind: 'lifecycle', refusable: false, calledByWechaty: false },
  { name: 'contactSelfName', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactSelfQRCode', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactSelfSignature', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactAlias', kind: 'contact', refusable: false, calledByWechaty: true },
  { name: 'contactAvatar', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactPhone', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactCorporationRemark', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactDescription', kind: 'contact', refusable: true, calledByWechaty: false },
  { name: 'contactList', kind: 'contact', refusable: false, calledByWechaty: true },
  { name: 'contactRawPayload', kind: 'contact', refusable: false, calledByWechaty: true },
  { name: 'contactRawPayloadParser', kind: 'contact', refusable: false, calledByWechaty: true },
  { name: 'conversationReadMark', kind: 'conversation', refusable: false, calledByWechaty: true },
  { name: 'messageContact', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageFile', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageImage', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageMiniProgram', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageUrl', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageLocation', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageForward', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendContact', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendFile', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendLocation', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendMiniProgram', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendPost', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageSendText', kind: 'message', refusable: false, calledByWechaty: false },
  { name: 'messageSendUrl', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageRecall', kind: 'message', refusable: true, calledByWechaty: false },
  { name: 'messageRawPayload', kind: 'message', refusable: false, calledByWechaty: true },
  { name: 'messageRawPayloadParser', kind: 'message', refusable: false, calledByWechaty: true },
  { name: 'roomAdd', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomAvatar', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomCreate', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomDel', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomList', kind: 'room', refusable: false, calledByWechaty: true },
  { name: 'roomQRCode', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomQuit', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomTopic', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomAnnounce', kind: 'room', refusable: true, calledByWechaty: false },
  { name: 'roomRawPayload', kind: 'room', refusable: true, calledByWechaty: true },
  { name: 'roomRawPayloadParser', kind: 'room', refusable: true, calledByWechaty: true },
  { name: 'roomMemberList', kind: 'room-member', refusable: false, calledByWechaty: true },
  { name: 'roomMemberRawPayload', kind: 'room-member', refusable: true, calledByWechaty: true },
  { name: 'roomMemberRawPayloadParser', kind: 'room-member', refusable: true, calledByWechaty: true },
  { name: 'roomInvitationAccept', kind: 'room-invitation', refusable: true, calledByWechaty: false },
  { name: 'roomInvitationRawPayload', kind: 'room-invitation', refusable: true, calledByWechaty: false },
  {
    name: 'roomInvitationRawPayloadParser',
    kind: 'room-invitation',
    refusable: true,
    calledByWechaty: false,
  },
  { name: 'friendshipAccept', kind: 'friendship', refusable: true, calledByWechaty: false },
  { name: 'friendshipAdd', kind: 'friendship', refusable: true, calledByWechaty: false },
  { name: 'friendshipSearchPhone', kind: 'friendship', refusable: true, calledByWechaty: false },
  { name: 'friendshipSearchHandle', kind: 'friendship', refusable: true, calledByWechaty: false },
  { name: 'friendshipRawPayload', kind: 'friendship', refusable: true, calledByWechaty: true },
  { name: 'friendshipRawPayloadParser', kind: 'friendship', refusable: true, calledByWechaty: true },
  { name: 'postRawPayload', kind: 'post', refusable: true, calledByWechaty: true },
  { name: 'postRawPayloadParser', kind: 'post', refusable: true, calledByWechaty: true },
  { name: 'postPublish', kind: 'post', refusable: true, calledByWechaty: false },
  { name: 'postSearch', kind: 'post', refusable: true, calledByWechaty: false },
  { name: 'tap', kind: 'tap', refusable: true, calledByWechaty: false },
  { name: 'tapSearch', kind: 'tap', refusable: true, calledByWechaty: false },
  { name: 'tagContactAdd', kind: 'tag', refusable: true, calledByWechaty: false },
  { name: 'tagContactDelete', kind: 'tag', refusable: true, calledByWechaty: false },
  { name: 'tagContactList', kind: 'tag', refusable: true, calledByWechaty: false },
  { name: 'tagContactRemove', kind: 'tag', refusable: true, calledByWechaty: false },
] as const satisfies readonly Member[]

type KnownMember = (typeof members)[number]

export type MemberName = KnownMember['name']

/** A member that a puppet may refuse. */
export type RefusableMember = Extract<KnownMember, { refusable: true }>['name']

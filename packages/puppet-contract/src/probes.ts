/**
 * One harmless-looking call of each member that a puppet may refuse, with ids that do not exist: what matters is
 * the way it is answered or refused, not what it does.
 */
import { FileBox } from 'file-box'
import { type Puppet, types } from 'wechaty-puppet'
import type { RefusableMember } from './members.ts'

/** Ids that no backend has given away. */
export const nobody = {
  messageId: 'contract-no-such-message',
  roomId: 'contract-no-such-room@chatroom',
  friendshipId: 'contract-no-such-friendship',
  invitationId: 'contract-no-such-invitation',
  postId: 'contract-no-such-post',
  tagId: 'contract-no-such-tag',
} as const

const { messageId, roomId, friendshipId, invitationId, postId, tagId } = nobody
const url = 'https://example.com/'
const file = () => FileBox.fromBase64('Y29udHJhY3Q=', 'contract.txt')
const post = () => ({
  sayableList: [{ type: types.Sayable.Text, payload: { text: 'contract', mentions: [] } }],
})

type Probe = (puppet: Puppet, contactId: string) => Promise<unknown>

/** @param contactId given to each probe: a contact that the backend does not know */
export const probes: Readonly<Record<RefusableMember, Probe>> = {
  contactSelfName: (puppet) => puppet.contactSelfName('contract'),
  contactSelfQRCode: (puppet) => puppet.contactSelfQRCode(),
  contactSelfSignature: (puppet) => puppet.contactSelfSignature('contract'),
  contactAvatar: (puppet, contactId) => puppet.contactAvatar(contactId),
  contactPhone: (puppet, contactId) => puppet.contactPhone(contactId, []),
  contactCorporationRemark: (puppet, contactId) => puppet.contactCorporationRemark(contactId, null),
  contactDescription: (puppet, contactId) => puppet.contactDescription(contactId, null),
  messageContact: (puppet) => puppet.messageContact(messageId),
  messageFile: (puppet) => puppet.messageFile(messageId),
  messageImage: (puppet) => puppet.messageImage(messageId, types.Image.Thumbnail),
  messageMiniProgram: (puppet) => puppet.messageMiniProgram(messageId),
  messageUrl: (puppet) => puppet.messageUrl(messageId),
  messageLocation: (puppet) => puppet.messageLocation(messageId),
  messageForward: (puppet, contactId) => puppet.messageForward(contactId, messageId),
  messageSendContact: (puppet, contactId) => puppet.messageSendContact(contactId, contactId),
  messageSendFile: (puppet, contactId) => puppet.messageSendFile(contactId, file()),
  messageSendLocation: (puppet, contactId) =>
    puppet.messageSendLocation(contactId, { accuracy: 1, address: '', latitude: 0, longitude: 0, name: '' }),
  messageSendMiniProgram: (puppet, contactId) =>
    puppet.messageSendMiniProgram(contactId, { title: 'contract' }),
  messageSendPost: (puppet, contactId) => puppet.messageSendPost(contactId, post()),
  messageSendUrl: (puppet, contactId) => puppet.messageSendUrl(contactId, { title: 'contract', url }),
  messageRecall: (puppet) => puppet.messageRecall(messageId),
  roomAdd: (puppet, contactId) => puppet.roomAdd(roomId, contactId),
  roomAvatar: (puppet) => puppet.roomAvatar(roomId),
  roomCreate: (puppet, contactId) => puppet.roomCreate([contactId], 'contract'),
  roomDel: (puppet, contactId) => puppet.roomDel(roomId, contactId),
  roomQRCode: (puppet) => puppet.roomQRCode(roomId),
  roomQuit: (puppet) => puppet.roomQuit(roomId),
  roomTopic: (puppet) => puppet.roomTopic(roomId),
  roomAnnounce: (puppet) => puppet.roomAnnounce(roomId),
  roomRawPayload: (puppet) => puppet.roomRawPayload(roomId),
  roomRawPayloadParser: async (puppet) => puppet.roomRawPayloadParser(await puppet.roomRawPayload(roomId)),
  roomMemberRawPayload: (puppet, contactId) => puppet.roomMemberRawPayload(roomId, contactId),
  roomMemberRawPayloadParser: async (puppet, contactId) =>
    puppet.roomMemberRawPayloadParser(await puppet.roomMemberRawPayload(roomId, contactId)),
  roomInvitationAccept: (puppet) => puppet.roomInvitationAccept(invitationId),
  roomInvitationRawPayload: (puppet) => puppet.roomInvitationRawPayload(invitationId),
  roomInvitationRawPayloadParser: async (puppet) =>
    puppet.roomInvitationRawPayloadParser(await puppet.roomInvitationRawPayload(invitationId)),
  friendshipAccept: (puppet) => puppet.friendshipAccept(friendshipId),
  friendshipAdd: (puppet, contactId) => puppet.friendshipAdd(contactId, { hello: 'contract' }),
  friendshipSearchPhone: (puppet) => puppet.friendshipSearchPhone('00000000000'),
  friendshipSearchHandle: (puppet) => puppet.friendshipSearchHandle('contract-no-such-handle'),
  friendshipRawPayload: (puppet) => puppet.friendshipRawPayload(friendshipId),
  friendshipRawPayloadParser: async (puppet) =>
    puppet.friendshipRawPayloadParser(await puppet.friendshipRawPayload(friendshipId)),
  postRawPayload: (puppet) => puppet.postRawPayload(postId),
  postRawPayloadParser: async (puppet) => puppet.postRawPayloadParser(await puppet.postRawPayload(postId)),
  postPublish: (puppet) => puppet.postPublish(post()),
  postSearch: (puppet) => puppet.postSearch({}),
  tap: (puppet) => puppet.tap(postId),
  tapSearch: (puppet) => puppet.tapSearch(postId),
  tagContactAdd: (puppet, contactId) => puppet.tagContactAdd(tagId, contactId),
  tagContactDelete: (puppet) => puppet.tagContactDelete(tagId),
  tagContactList: (puppet) => puppet.tagContactList(),
  tagContactRemove: (puppet, contactId) => puppet.tagContactRemove(tagId, contactId),
}

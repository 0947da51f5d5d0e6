/**
 * What an account is called among all channels.
 */

export const keyOf = (channelId: string, accountId: string): string => `${channelId}/${accountId}`

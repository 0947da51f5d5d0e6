/**
 * Files of a hosted puppet. The library's client (wechaty-puppet-service 1.19) cannot give a file up, waits for an answer
 * that never comes where the server refuses one, and loses the failure of a download, which would then end the process.
 */

import { pipeline, Readable } from 'node:stream'
import { messageOf } from '@moltbot/channel-sdk'
import type { FileBox, FileBoxInterface } from 'file-box'
import { chunkDecoder, puppet as protocol } from 'wechaty-grpc'
import type { PuppetService } from 'wechaty-puppet-service'

type Client = PuppetService['grpcManager']['client']
/** The library's class of boxes, whose content the server has. */
type RemoteBox = typeof FileBox

/** Makes a class of boxes download in such a way that a failure reaches the reader, and that an end of reading ends the download. */
export function downloadSafely(boxes: RemoteBox, client: () => Client): void {
  const load = async (id: string): Promise<Readable> => {
    const request = new protocol.DownloadRequest()
    request.setId(id)
    const download = client().download(request)
    const content = chunkDecoder()
    pipeline(download, content, () => download.cancel())
    return content
  }
  // Its own setter takes a loader only once, and the library has used it.
  Reflect.set(boxes, 'uuidToStream', load)
}

/**
 * What the server has of a message's file: its content, or a reference to it.
 * @throws the error of the server, and the reason of `signal` when that aborts
 */
export async function requestFile(
  client: Client,
  boxes: RemoteBox,
  messageId: string,
  signal: AbortSignal,
): Promise<FileBoxInterface> {
  signal.throwIfAborted()
  const request = new protocol.MessageFileRequest()
  request.setId(messageId)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const onAnswer = (error: Error | null, response: protocol.MessageFileResponse) => {
    if (error === null) resolve(response.getFileBox())
    else reject(error)
  }
  const call = client.messageFile(request, onAnswer)
  const giveUp = () => {
    reject(signal.reason)
    call.cancel()
  }
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return boxes.fromJSON(await promise)
  } catch (error) {
    if (signal.aborted || !cannotName.test(messageOf(error))) throw error
    return await streamedFile(client, boxes, messageId, signal)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** The library's server fails in this way on a small file that its puppet has in memory (huan/file-box#25). */
const cannotName = /FileBox\.toJSON/

/** The same file through the call that it was asked for in older versions: its name, then its content. */
async function streamedFile(
  client: Client,
  boxes: RemoteBox,
  messageId: string,
  signal: AbortSignal,
): Promise<FileBoxInterface> {
  const request = new protocol.MessageFileStreamRequest()
  request.setId(messageId)
  const call = client.messageFileStream(request)
  const giveUp = () => call.cancel()
  signal.addEventListener('abort', giveUp, { once: true })
  const chunks = chunksOf(call)
  const first = await chunks.next().catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
  const name = first.done ? undefined : first.value?.getName()
  if (!name) throw new Error('the server sent a file without a name')
  return boxes.fromStream(Readable.from(contentOf(chunks)), name)
}

async function* chunksOf(call: AsyncIterable<protocol.MessageFileStreamResponse>) {
  for await (const response of call) yield response.getFileBoxChunk()
}

async function* contentOf(chunks: ReturnType<typeof chunksOf>) {
  for await (const chunk of chunks) yield chunk?.getData_asU8() ?? new Uint8Array()
}

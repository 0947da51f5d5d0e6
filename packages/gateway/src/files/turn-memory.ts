/**
 * One cap for the files that all running turns hold in memory for a model, across accounts: without it a few people who
 * send pictures at the same time end the process.
 */

import { getHeapStatistics } from 'node:v8'
import { Capacity } from '@moltbot/channel-sdk'

/** A file is held as bytes, as base64 and within the request's JSON, and the heap is not for files alone. */
const heapShare = 1 / 8

/** Bytes of files as they are read, for all turns of this process. */
export const turnMemory = new Capacity(Math.floor(getHeapStatistics().heap_size_limit * heapShare))

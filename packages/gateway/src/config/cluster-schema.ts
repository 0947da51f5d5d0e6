/**
 * `cluster`: several gateways that share the accounts. The file is the same for all of them, so what differs is told by
 * the gateway's name, which is no part of it.
 */

import { z } from 'zod'

/** The others wait for it before they take over; a shorter one would end with each pause of a busy machine. */
const minLeaseSeconds = 3
const maxLeaseSeconds = 120
const maxWeight = 1_000

export const clusterSchema = z
  .strictObject({
    weights: z
      .record(z.string().min(1), z.number().min(0).max(maxWeight))
      .default({})
      .describe(
        'Share of the accounts of each gateway, by its name: `{"gw-1": 2}` serves twice as many as a gateway that is not named. 0: it serves none. Default: 1 each. The name is MOLTBOT_GATEWAY_NAME, else that of the machine.',
      ),
    leaseSeconds: z
      .number()
      .min(minLeaseSeconds)
      .max(maxLeaseSeconds)
      .default(6)
      .describe(
        'Seconds after which the other gateways take over the accounts of one that is silent. A gateway that cannot reach the database stops before. A change needs a restart of every gateway.',
      ),
  })
  .prefault({})
  .describe('Several gateways that share the accounts. Takes effect where they share a database.')

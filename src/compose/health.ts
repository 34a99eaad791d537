/** What `GET /health` asks, and whether the server is down without it. */
import { access, constants } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import { healthCheck, type CheckHealth, type Component } from '../rooms/admin/probes.ts'
import type { Background } from './background.ts'
import type { Records } from './records.ts'
import type { Upkeep } from './upkeep.ts'

export interface HealthSources {
  readonly records: Records
  /** Directory of the repositories. */
  readonly root: string
  readonly upkeep: Upkeep
  /** Of the jobs and of those who follow the log. */
  readonly background: () => Pick<Background, 'probe'>
  readonly redis: Redis | null
}

export function healthOf({ records, root, upkeep, background, redis }: HealthSources): CheckHealth {
  const components: Component[] = [
    { name: 'database', vital: true, probe: () => records.database.ping() },
    { name: 'storage', vital: true, probe: () => access(root, constants.R_OK | constants.W_OK) },
    {
      name: 'jobs',
      vital: false,
      probe: async () => {
        mustBe(upkeep.healthy)
        await background().probe()
      },
    },
  ]
  if (redis) components.push({ name: 'redis', vital: false, probe: async () => void (await redis.ping()) })
  return healthCheck(components)
}

function mustBe(healthy: boolean): void {
  if (!healthy) throw new Error('the last round of upkeep failed')
}

/** The key of a gate in the REST API: never the key itself. */
import { z } from 'zod'
import type { DeployKey } from '../../../store/upstreams/deploy-key-rows.ts'
import type { KeyProvider } from '../../../store/upstreams/upstream.ts'

/** A key that is used no more, and is not known to be removed at its forge. */
export const EndingKeyJson = z
  .object({
    fingerprint: z.string(),
    repository: z.string().meta({ description: '`<owner>/<name>` at the forge' }),
    title: z.string(),
    lastError: z.string().nullable().meta({ description: 'why it could not be removed; it is tried again' }),
  })
  .meta({
    id: 'EndingKey',
    example: {
      fingerprint: 'SHA256:0f8ssY5Q7yK0aZ9uW2gX8dJ1cV4bN6mQ3eR5tY7uI9o',
      repository: 'acme/widgets',
      title: 'sluice 01990000-0000-7000-8000-000000000000',
      lastError: null,
    },
  })

export const UpstreamKeyJson = z
  .object({
    provider: z.enum(['static', 'token', 'gitea', 'forgejo', 'github']),
    keyFingerprint: z
      .string()
      .nullable()
      .meta({ description: 'of the key that is used now; null: a token, or none' }),
    endingKeys: z
      .array(EndingKeyJson)
      .meta({ description: 'keys that are still to be removed at their forge' }),
  })
  .meta({
    id: 'UpstreamKey',
    example: {
      provider: 'gitea',
      keyFingerprint: 'SHA256:9kJ2hG4fD6sA8pO0iU2yT4rE6wQ8mN0bV2cX4zL6kJ8',
      endingKeys: [],
    },
  })

export function upstreamKeyJson(
  provider: KeyProvider,
  keyFingerprint: string | null,
  keys: readonly DeployKey[],
): z.output<typeof UpstreamKeyJson> {
  return { provider, keyFingerprint, endingKeys: endingKeys(keys) }
}

export function endingKeys(keys: readonly DeployKey[]): z.output<typeof EndingKeyJson>[] {
  return keys
    .filter(({ state }) => state === 'revoking')
    .map(({ fingerprint, remotePath, title, lastError }) => ({
      fingerprint,
      repository: remotePath,
      title,
      lastError,
    }))
}

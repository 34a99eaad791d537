/** The tests of the public compliance tool, by its names: what the relay says of itself. @see NIP-11, GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function documentOf({ url }: Pick<GraspWorld, 'url'>): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { headers: { accept: 'application/nostr+json' } })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Record<string, unknown>
}

describe('nip11', () => {
  test('nip11_document_exists', async () => {
    const text = expect.stringMatching(/./) as string
    const document = { name: text, description: text, software: text, version: text }
    expect(await documentOf(w)).toMatchObject(document)
  })

  test('nip11_supported_grasps_field', async () => {
    const { supported_grasps } = await documentOf(w)
    expect(supported_grasps).toContain('GRASP-01')
    for (const grasp of supported_grasps as unknown[]) expect(grasp).toMatch(/^GRASP-\d{2}$/)
  })

  test('nip11_repo_acceptance_criteria_field', async () => {
    const { repo_acceptance_criteria } = await documentOf(w)
    expect(repo_acceptance_criteria).toMatch(/\S/)
  })

  test('nip11_curation_field', async () => {
    expect(await documentOf(w)).not.toHaveProperty('curation')
    await using curated = await graspWorld({ settings: { SLUICE_GRASP_ARCHIVE: w.owner.npub } })
    expect(await documentOf(curated)).toMatchObject({ curation: expect.stringMatching(/\S/) as string })
  })
})

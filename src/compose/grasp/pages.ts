/** Pages about announced repositories, at their clone URLs. */
import type { FastifyInstance } from 'fastify'
import type { GraspConfig } from '../../config/config.ts'
import type { Repository } from '../../kernel/repository.ts'
import { graspPages } from '../../rooms/grasp/page/routes.ts'
import { HIDDEN_REFS, type Git } from '../git.ts'
import type { SignedStores } from './stores.ts'

export interface PageWiring {
  readonly stores: Pick<SignedStores, 'events' | 'repositories'>
  readonly git: Pick<Git, 'snapshots'>
  readonly baseUrl: string
}

export function registerPages(app: FastifyInstance, grasp: GraspConfig, parts: PageWiring): void {
  const { stores, git, baseUrl } = parts
  const refsOf = async (repo: Repository, prefix: string) => {
    const snapshot = await git.snapshots.get(repo)
    return [...snapshot.list({ prefixes: [prefix], hidden: HIDDEN_REFS })]
  }
  app.register(graspPages, { ...stores, rule: grasp.maintainers, refsOf, baseUrl })
}

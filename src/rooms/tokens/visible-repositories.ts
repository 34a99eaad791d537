/** Repositories that a request names, as far as who asks may see them. Judges nothing beyond that. */
import { may } from '../../kernel/access.ts'
import type { FindRepository, FoundRepository } from '../../kernel/directory.ts'
import type { GrantTarget } from '../../kernel/grants.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RepositoryAddress } from '../../kernel/repository.ts'

export type RepositoryTarget = Exclude<GrantTarget, { kind: 'all' }>

/** `null`: there is none that may be seen. */
export type LookUp = (target: RepositoryTarget) => Promise<FoundRepository | null>

/** Asks once for each name. Roles are those of now: make it anew for each request. */
export function visibleTo(principal: Principal, find: FindRepository): LookUp {
  const answers = new Map<string, Promise<FoundRepository | null>>()
  const ask = async (target: RepositoryTarget): Promise<FoundRepository | null> => {
    const found = await find(addressOf(target), principal)
    if (found === null || found.repo.state !== 'active') return null
    return may(principal, 'read', found.resource) ? found : null
  }
  return (target) => {
    const name = nameOf(target)
    const answer = answers.get(name) ?? ask(target)
    answers.set(name, answer)
    return answer
  }
}

/** Tells targets apart; two spellings of one repository are two names. */
export function nameOf(target: RepositoryTarget): string {
  switch (target.kind) {
    case 'id':
      return `id ${target.id}`
    case 'path':
      return `path ${target.path}`
    case 'surface':
      return `surface ${target.name}`
  }
}

function addressOf(target: RepositoryTarget): RepositoryAddress {
  if (target.kind !== 'path') return target
  const [org = '', slug = ''] = target.path.split('/')
  return { kind: 'path', org, slug }
}
